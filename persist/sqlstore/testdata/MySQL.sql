CREATE TABLE `app`.`everything` (
  `a` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
  `b` VARBINARY(255) NOT NULL,
  `a_int8` TINYINT NOT NULL,
  `a_int16` SMALLINT NOT NULL,
  `a_int32` INT NOT NULL,
  `a_int64` BIGINT NOT NULL,
  `a_uint8` TINYINT UNSIGNED NOT NULL,
  `a_uint16` SMALLINT UNSIGNED NOT NULL,
  `a_uint32` INT UNSIGNED NOT NULL,
  `a_uint64` BIGINT NOT NULL,
  `a_float32` DOUBLE NOT NULL,
  `a_float64` DOUBLE NOT NULL,
  `a_bool` BOOLEAN NOT NULL,
  `a_string` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
  `a_bytes` LONGBLOB NOT NULL,
  `a_time` DATETIME(6),
  `a_uuid` BINARY(16) NOT NULL,
  `a_json` JSON NOT NULL,
  `own` NUMERIC(10, 2),
  `money` DECIMAL(18) NOT NULL,
  PRIMARY KEY (`a`, `b`),
  INDEX (`b`, `a`)
);
CREATE TABLE `select "x" ``y`` 'z' \ ; -- ? $1 %s 🙂` (
  `left` BINARY(16) NOT NULL,
  `right` DATETIME(6) NOT NULL,
  `order` BOOLEAN NOT NULL,
  PRIMARY KEY (`left`, `right`),
  INDEX (`right`, `left`)
);
CREATE TABLE `edges` (
  `from` BIGINT NOT NULL,
  `t"o` BIGINT NOT NULL,
  PRIMARY KEY (`from`, `t"o`),
  INDEX (`t"o`, `from`),
  FOREIGN KEY (`from`) REFERENCES `app`.`nodes` (`id`) ON DELETE CASCADE,
  FOREIGN KEY (`t"o`) REFERENCES `no``des` (`i"d`)
);
CREATE TABLE IF NOT EXISTS junction_meta (
  `graph` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
  `revision` BIGINT NOT NULL,
  `epoch` BIGINT NOT NULL,
  `commit_id` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
  `record` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
  PRIMARY KEY (`graph`)
);
CREATE TABLE IF NOT EXISTS `app`.junction_meta (
  `graph` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
  `revision` BIGINT NOT NULL,
  `epoch` BIGINT NOT NULL,
  `commit_id` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
  `record` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
  PRIMARY KEY (`graph`)
);
