CREATE TABLE `app`.`everything` (
  `a` TEXT NOT NULL,
  `b` BLOB NOT NULL,
  `a_int8` INTEGER NOT NULL,
  `a_int16` INTEGER NOT NULL,
  `a_int32` INTEGER NOT NULL,
  `a_int64` INTEGER NOT NULL,
  `a_uint8` INTEGER NOT NULL,
  `a_uint16` INTEGER NOT NULL,
  `a_uint32` INTEGER NOT NULL,
  `a_uint64` INTEGER NOT NULL,
  `a_float32` REAL NOT NULL,
  `a_float64` REAL NOT NULL,
  `a_bool` BOOLEAN NOT NULL,
  `a_string` TEXT NOT NULL,
  `a_bytes` BLOB NOT NULL,
  `a_time` TIMESTAMP,
  `a_uuid` BLOB NOT NULL,
  `a_json` TEXT NOT NULL,
  `own` NUMERIC(10, 2),
  `money` DECIMAL(18) NOT NULL,
  PRIMARY KEY (`a`, `b`)
) WITHOUT ROWID;
CREATE INDEX `app`.`everything_b_a` ON `everything` (`b`, `a`);
CREATE TABLE `select "x" ``y`` 'z' \ ; -- ? $1 %s 🙂` (
  `left` BLOB NOT NULL,
  `right` TIMESTAMP NOT NULL,
  `order` BOOLEAN NOT NULL,
  PRIMARY KEY (`left`, `right`)
) WITHOUT ROWID;
CREATE INDEX `select "x" ``y`` 'z' \ ; -- ? $1 %s 🙂_right_left` ON `select "x" ``y`` 'z' \ ; -- ? $1 %s 🙂` (`right`, `left`);
CREATE TABLE `edges` (
  `from` INTEGER NOT NULL,
  `t"o` INTEGER NOT NULL,
  PRIMARY KEY (`from`, `t"o`),
  FOREIGN KEY (`from`) REFERENCES `app`.`nodes` (`id`) ON DELETE CASCADE,
  FOREIGN KEY (`t"o`) REFERENCES `no``des` (`i"d`)
) WITHOUT ROWID;
CREATE INDEX `edges_t"o_from` ON `edges` (`t"o`, `from`);
CREATE TABLE IF NOT EXISTS junction_meta (
  `graph` TEXT NOT NULL,
  `revision` INTEGER NOT NULL,
  `epoch` INTEGER NOT NULL,
  `commit_id` TEXT NOT NULL,
  `record` TEXT NOT NULL,
  PRIMARY KEY (`graph`)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS `app`.junction_meta (
  `graph` TEXT NOT NULL,
  `revision` INTEGER NOT NULL,
  `epoch` INTEGER NOT NULL,
  `commit_id` TEXT NOT NULL,
  `record` TEXT NOT NULL,
  PRIMARY KEY (`graph`)
) WITHOUT ROWID;
