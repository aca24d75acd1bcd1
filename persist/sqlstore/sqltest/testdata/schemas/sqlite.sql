-- name: sequelize
-- from: Sequelize 6, belongsToMany with a through model
-- table: UserProjects
-- left: UserId
-- right: ProjectId
CREATE TABLE `UserProjects` (
  `role` VARCHAR(255),
  `createdAt` DATETIME NOT NULL,
  `updatedAt` DATETIME NOT NULL,
  `UserId` INTEGER NOT NULL,
  `ProjectId` INTEGER NOT NULL,
  PRIMARY KEY (`UserId`, `ProjectId`)
);
INSERT INTO `UserProjects` VALUES
  ('owner', '2024-03-01 12:30:15.123 +00:00', '2024-03-01 12:30:15.123 +00:00', 1, 1),
  (NULL, '2024-03-02 08:00:00.000 +00:00', '2024-03-02 08:00:00.000 +00:00', 1, 2);

-- name: rails_habtm
-- from: Rails 7, has_and_belongs_to_many with a unique index
-- table: assemblies_parts
-- left: assembly_id
-- right: part_id
CREATE TABLE "assemblies_parts" ("assembly_id" integer NOT NULL, "part_id" integer NOT NULL);
CREATE UNIQUE INDEX "index_assemblies_parts" ON "assemblies_parts" ("assembly_id", "part_id");
INSERT INTO "assemblies_parts" VALUES (1, 1), (1, 2), (2, 2);

-- name: rails_has_many_through
-- from: Rails 7, has_many through with timestamps
-- table: appointments
-- left: physician_id
-- right: patient_id
CREATE TABLE "appointments" (
  "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  "physician_id" integer NOT NULL,
  "patient_id" integer NOT NULL,
  "appointment_date" datetime(6),
  "created_at" datetime(6) NOT NULL,
  "updated_at" datetime(6) NOT NULL
);
CREATE UNIQUE INDEX "index_appointments" ON "appointments" ("physician_id", "patient_id");
INSERT INTO "appointments" VALUES
  (1, 1, 1, '2024-03-01 09:00:00', '2024-02-01 10:11:12.123456', '2024-02-01 10:11:12.123456'),
  (2, 1, 2, NULL, '2024-02-01 10:11:12.500000', '2024-02-01 10:11:12.500000');

-- name: django_m2m
-- from: Django 5, ManyToManyField without a through model
-- table: app_article_tags
-- left: article_id
-- right: tag_id
CREATE TABLE "app_article_tags" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "article_id" bigint NOT NULL,
  "tag_id" bigint NOT NULL
);
CREATE UNIQUE INDEX "app_article_tags_uniq" ON "app_article_tags" ("article_id", "tag_id");
INSERT INTO "app_article_tags" VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1);

-- name: django_through
-- from: Django 5, a through model
-- table: app_membership
-- left: person_id
-- right: group_id
CREATE TABLE "app_membership" (
  "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "date_joined" date NOT NULL,
  "invite_reason" varchar(64) NOT NULL,
  "invited_at" datetime NOT NULL,
  "person_id" bigint NOT NULL,
  "group_id" bigint NOT NULL
);
CREATE UNIQUE INDEX "app_membership_uniq" ON "app_membership" ("person_id", "group_id");
INSERT INTO "app_membership" VALUES
  (1, '2024-03-01', 'friend', '2024-03-01 12:30:15.123456', 1, 1),
  (2, '2024-03-02', '', '2024-03-02 00:00:00', 1, 2);

-- name: laravel_pivot
-- from: Laravel 11, belongsToMany withTimestamps
-- table: role_user
-- left: user_id
-- right: role_id
CREATE TABLE "role_user" (
  "user_id" integer not null,
  "role_id" integer not null,
  "created_at" datetime,
  "updated_at" datetime,
  primary key ("user_id", "role_id")
);
INSERT INTO "role_user" VALUES
  (1, 1, '2024-03-01 12:00:00', '2024-03-01 12:00:00'),
  (1, 2, NULL, NULL);

-- name: gorm
-- from: gorm 2 with the SQLite driver
-- table: user_languages
-- left: user_id
-- right: language_id
CREATE TABLE `user_languages` (
  `user_id` integer,
  `language_id` integer,
  `created_at` datetime,
  PRIMARY KEY (`user_id`, `language_id`)
);
INSERT INTO `user_languages` VALUES
  (1, 1, '2024-03-01 12:30:15.123456789+01:00'),
  (1, 2, '2024-03-01 12:30:15+00:00');

-- name: ent
-- from: ent 0.14 with SQLite and uuid keys
-- table: group_users
-- left: group_id
-- right: user_id
CREATE TABLE `group_users` (
  `group_id` uuid NOT NULL,
  `user_id` uuid NOT NULL,
  PRIMARY KEY (`group_id`, `user_id`)
);
INSERT INTO `group_users` VALUES
  ('0190d8a0-0000-7000-8000-000000000001', '0190d8a0-0000-7000-8000-000000000011'),
  ('0190d8a0-0000-7000-8000-000000000001', '0190d8a0-0000-7000-8000-000000000012');

-- name: prisma
-- from: Prisma 5 with SQLite: times as integers of milliseconds
-- table: CategoriesOnPosts
-- left: postId
-- right: categoryId
CREATE TABLE "CategoriesOnPosts" (
  "postId" INTEGER NOT NULL,
  "categoryId" INTEGER NOT NULL,
  "assignedAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "assignedBy" TEXT NOT NULL,
  PRIMARY KEY ("postId", "categoryId")
);
INSERT INTO "CategoriesOnPosts" VALUES
  (1, 1, 1709296215123, 'ada'),
  (1, 2, 1709296216000, 'ada');

-- name: sqlalchemy
-- from: SQLAlchemy 2, a secondary table with a key
-- table: association_table
-- left: left_id
-- right: right_id
CREATE TABLE association_table (
  left_id INTEGER NOT NULL,
  right_id INTEGER NOT NULL,
  created DATETIME,
  PRIMARY KEY (left_id, right_id)
);
INSERT INTO association_table VALUES
  (1, 1, '2024-03-01 12:30:15.123456'),
  (1, 2, '2024-03-01 12:30:15.000000');

-- name: efcore
-- from: EF Core 8, skip navigations, GUIDs as upper-case text
-- table: PostTag
-- left: PostsId
-- right: TagsId
CREATE TABLE "PostTag" (
  "PostsId" TEXT NOT NULL,
  "TagsId" TEXT NOT NULL,
  CONSTRAINT "PK_PostTag" PRIMARY KEY ("PostsId", "TagsId")
);
INSERT INTO "PostTag" VALUES
  ('0190D8A0-0000-7000-8000-00000000000A', '0190D8A0-0000-7000-8000-00000000000B'),
  ('0190D8A0-0000-7000-8000-00000000000A', '0190D8A0-0000-7000-8000-00000000000C');

-- name: tenant
-- from: a table of several tenants
-- table: tenant_members
-- left: user_id
-- right: team_id
CREATE TABLE tenant_members (
  tenant_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  team_id INTEGER NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (tenant_id, user_id, team_id)
) WITHOUT ROWID;
INSERT INTO tenant_members VALUES (1, 1, 1, 'owner'), (2, 1, 1, 'guest'), (2, 2, 1, 'owner');

-- name: soft_delete
-- from: a table whose rows are marked as deleted
-- table: bookmarks
-- left: user_id
-- right: page_id
CREATE TABLE bookmarks (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL,
  page_id INTEGER NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  deleted_at TEXT
);
CREATE UNIQUE INDEX bookmarks_live ON bookmarks (user_id, page_id) WHERE deleted_at IS NULL;
INSERT INTO bookmarks (user_id, page_id, note, deleted_at) VALUES
  (1, 1, 'read it', NULL),
  (1, 2, '', '2024-03-05 12:00:00'),
  (1, 2, 'again', NULL);
