CREATE TABLE "app"."everything" (
  "a" text COLLATE "C" NOT NULL,
  "b" bytea NOT NULL,
  "a_int8" smallint NOT NULL,
  "a_int16" smallint NOT NULL,
  "a_int32" integer NOT NULL,
  "a_int64" bigint NOT NULL,
  "a_uint8" smallint NOT NULL,
  "a_uint16" integer NOT NULL,
  "a_uint32" bigint NOT NULL,
  "a_uint64" bigint NOT NULL,
  "a_float32" real NOT NULL,
  "a_float64" double precision NOT NULL,
  "a_bool" boolean NOT NULL,
  "a_string" text NOT NULL,
  "a_bytes" bytea NOT NULL,
  "a_time" timestamp with time zone,
  "a_uuid" uuid NOT NULL,
  "a_json" jsonb NOT NULL,
  "own" NUMERIC(10, 2),
  "money" DECIMAL(18) NOT NULL,
  PRIMARY KEY ("a", "b")
);
CREATE INDEX ON "app"."everything" ("b", "a");
CREATE TABLE "select ""x"" `y` 'z' \ ; -- ? $1 %s 🙂" (
  "left" uuid NOT NULL,
  "right" timestamp with time zone NOT NULL,
  "order" boolean NOT NULL,
  PRIMARY KEY ("left", "right")
);
CREATE INDEX ON "select ""x"" `y` 'z' \ ; -- ? $1 %s 🙂" ("right", "left");
CREATE TABLE "edges" (
  "from" bigint NOT NULL,
  "t""o" bigint NOT NULL,
  PRIMARY KEY ("from", "t""o"),
  FOREIGN KEY ("from") REFERENCES "app"."nodes" ("id") ON DELETE CASCADE,
  FOREIGN KEY ("t""o") REFERENCES "no`des" ("i""d")
);
CREATE INDEX ON "edges" ("t""o", "from");
CREATE TABLE IF NOT EXISTS junction_meta (
  "graph" text COLLATE "C" NOT NULL,
  "revision" bigint NOT NULL,
  "epoch" bigint NOT NULL,
  "commit_id" text COLLATE "C" NOT NULL,
  "record" text NOT NULL,
  PRIMARY KEY ("graph")
);
CREATE TABLE IF NOT EXISTS "app".junction_meta (
  "graph" text COLLATE "C" NOT NULL,
  "revision" bigint NOT NULL,
  "epoch" bigint NOT NULL,
  "commit_id" text COLLATE "C" NOT NULL,
  "record" text NOT NULL,
  PRIMARY KEY ("graph")
);
