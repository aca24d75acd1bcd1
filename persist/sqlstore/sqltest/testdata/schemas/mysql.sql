-- name: sequelize
-- from: Sequelize 6, belongsToMany with a through model
-- table: UserProjects
-- left: UserId
-- right: ProjectId
CREATE TABLE UserProjects (
  role varchar(255) DEFAULT NULL,
  createdAt datetime NOT NULL,
  updatedAt datetime NOT NULL,
  UserId int NOT NULL,
  ProjectId int NOT NULL,
  PRIMARY KEY (UserId, ProjectId)
) ENGINE=InnoDB;
INSERT INTO UserProjects VALUES
  ('owner', '2024-03-01 12:30:15', '2024-03-01 12:30:15', 1, 1),
  (NULL, '2024-03-02 08:00:00', '2024-03-02 08:00:00', 1, 2);

-- name: rails_habtm
-- from: Rails 7, has_and_belongs_to_many with a unique index
-- table: assemblies_parts
-- left: assembly_id
-- right: part_id
CREATE TABLE assemblies_parts (
  assembly_id bigint NOT NULL,
  part_id bigint NOT NULL,
  UNIQUE KEY index_assemblies_parts (assembly_id, part_id)
) ENGINE=InnoDB;
INSERT INTO assemblies_parts VALUES (1, 1), (1, 2), (2, 2);

-- name: rails_has_many_through
-- from: Rails 7, has_many through with timestamps
-- table: appointments
-- left: physician_id
-- right: patient_id
CREATE TABLE appointments (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  physician_id bigint NOT NULL,
  patient_id bigint NOT NULL,
  appointment_date datetime(6) DEFAULT NULL,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  UNIQUE KEY index_appointments (physician_id, patient_id)
) ENGINE=InnoDB;
INSERT INTO appointments (physician_id, patient_id, appointment_date, created_at, updated_at) VALUES
  (1, 1, '2024-03-01 09:00:00', '2024-02-01 10:11:12.123456', '2024-02-01 10:11:12.123456'),
  (1, 2, NULL, '2024-02-01 10:11:12.5', '2024-02-01 10:11:12.5');

-- name: django_m2m
-- from: Django 5, ManyToManyField without a through model
-- table: app_article_tags
-- left: article_id
-- right: tag_id
CREATE TABLE app_article_tags (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  article_id bigint NOT NULL,
  tag_id bigint NOT NULL,
  UNIQUE KEY app_article_tags_uniq (article_id, tag_id)
) ENGINE=InnoDB;
INSERT INTO app_article_tags (article_id, tag_id) VALUES (1, 1), (1, 2), (2, 1);

-- name: django_through
-- from: Django 5, a through model
-- table: app_membership
-- left: person_id
-- right: group_id
CREATE TABLE app_membership (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  date_joined date NOT NULL,
  invite_reason varchar(64) NOT NULL,
  invited_at datetime(6) NOT NULL,
  person_id bigint NOT NULL,
  group_id bigint NOT NULL,
  UNIQUE KEY app_membership_uniq (person_id, group_id)
) ENGINE=InnoDB;
INSERT INTO app_membership (date_joined, invite_reason, invited_at, person_id, group_id) VALUES
  ('2024-03-01', 'friend', '2024-03-01 12:30:15.123456', 1, 1),
  ('2024-03-02', '', '2024-03-02 00:00:00', 1, 2);

-- name: laravel_pivot
-- from: Laravel 11, belongsToMany withTimestamps
-- table: role_user
-- left: user_id
-- right: role_id
CREATE TABLE role_user (
  user_id bigint unsigned NOT NULL,
  role_id bigint unsigned NOT NULL,
  created_at timestamp NULL DEFAULT NULL,
  updated_at timestamp NULL DEFAULT NULL,
  PRIMARY KEY (user_id, role_id)
) ENGINE=InnoDB;
INSERT INTO role_user VALUES
  (1, 1, '2024-03-01 12:00:00', '2024-03-01 12:00:00'),
  (1, 2, NULL, NULL);

-- name: laravel_morph
-- from: Laravel 11, morphToMany
-- table: taggables
-- left: tag_id
-- right: taggable_id
CREATE TABLE taggables (
  tag_id bigint unsigned NOT NULL,
  taggable_id bigint unsigned NOT NULL,
  taggable_type varchar(255) NOT NULL,
  PRIMARY KEY (tag_id, taggable_id, taggable_type)
) ENGINE=InnoDB;
INSERT INTO taggables VALUES (1, 1, 'App\\Models\\Post'), (1, 1, 'App\\Models\\Video');

-- name: prisma_implicit
-- from: Prisma 5, an implicit m-n relation
-- table: _CategoryToPost
-- left: A
-- right: B
CREATE TABLE _CategoryToPost (
  A int NOT NULL,
  B int NOT NULL,
  UNIQUE KEY _CategoryToPost_AB_unique (A, B),
  KEY _CategoryToPost_B_index (B)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
INSERT INTO _CategoryToPost VALUES (1, 1), (2, 1);

-- name: typeorm
-- from: TypeORM 0.3, uuid keys as varchar(36)
-- table: question_categories_category
-- left: questionId
-- right: categoryId
CREATE TABLE question_categories_category (
  questionId varchar(36) NOT NULL,
  categoryId varchar(36) NOT NULL,
  PRIMARY KEY (questionId, categoryId)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
INSERT INTO question_categories_category VALUES
  ('0190d8a0-0000-7000-8000-000000000001', '0190d8a0-0000-7000-8000-000000000011'),
  ('0190d8a0-0000-7000-8000-000000000001', '0190d8a0-0000-7000-8000-000000000012');

-- name: hibernate
-- from: Hibernate 6, @ManyToMany with binary(16) keys
-- table: author_books
-- left: authors_id
-- right: books_id
CREATE TABLE author_books (
  authors_id binary(16) NOT NULL,
  books_id binary(16) NOT NULL,
  PRIMARY KEY (authors_id, books_id)
) ENGINE=InnoDB;
INSERT INTO author_books VALUES
  (UNHEX('0190D8A0000070008000000000000001'), UNHEX('0190D8A0000070008000000000000011')),
  (UNHEX('0190D8A0000070008000000000000001'), UNHEX('0190D8A0000070008000000000000012'));

-- name: doctrine
-- from: Doctrine ORM 3, @ManyToMany
-- table: users_groups
-- left: user_id
-- right: group_id
CREATE TABLE users_groups (
  user_id int NOT NULL,
  group_id int NOT NULL,
  PRIMARY KEY (user_id, group_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
INSERT INTO users_groups VALUES (1, 1), (1, 2);

-- name: wordpress_term_relationships
-- from: WordPress 6, wp_term_relationships
-- table: wp_term_relationships
-- left: object_id
-- right: term_taxonomy_id
CREATE TABLE wp_term_relationships (
  object_id bigint(20) unsigned NOT NULL DEFAULT 0,
  term_taxonomy_id bigint(20) unsigned NOT NULL DEFAULT 0,
  term_order int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (object_id, term_taxonomy_id),
  KEY term_taxonomy_id (term_taxonomy_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
INSERT INTO wp_term_relationships VALUES (1, 1, 0), (1, 2, 3);

-- name: gitea_access
-- from: Gitea, access
-- table: access
-- left: user_id
-- right: repo_id
CREATE TABLE access (
  id bigint(20) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id bigint(20) DEFAULT NULL,
  repo_id bigint(20) DEFAULT NULL,
  mode int(11) DEFAULT NULL,
  UNIQUE KEY UQE_access_s (user_id, repo_id)
) ENGINE=InnoDB;
INSERT INTO access (user_id, repo_id, mode) VALUES (1, 1, 2), (1, 2, 1);

-- name: keycloak_group_membership
-- from: Keycloak, user_group_membership
-- table: USER_GROUP_MEMBERSHIP
-- left: USER_ID
-- right: GROUP_ID
CREATE TABLE USER_GROUP_MEMBERSHIP (
  GROUP_ID varchar(36) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci NOT NULL,
  USER_ID varchar(36) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci NOT NULL,
  MEMBERSHIP_TYPE varchar(255) NOT NULL DEFAULT 'UNMANAGED',
  PRIMARY KEY (GROUP_ID, USER_ID)
) ENGINE=InnoDB;
INSERT INTO USER_GROUP_MEMBERSHIP (GROUP_ID, USER_ID) VALUES
  ('0b1c7a52-7d0b-4c5e-a8e5-000000000001', '9d1c7a52-7d0b-4c5e-a8e5-000000000001'),
  ('0b1c7a52-7d0b-4c5e-a8e5-000000000002', '9d1c7a52-7d0b-4c5e-a8e5-000000000001');

-- name: tenant
-- from: a table of several tenants
-- table: tenant_members
-- left: user_id
-- right: team_id
CREATE TABLE tenant_members (
  tenant_id int NOT NULL,
  user_id bigint NOT NULL,
  team_id bigint NOT NULL,
  role varchar(20) NOT NULL,
  PRIMARY KEY (tenant_id, user_id, team_id)
) ENGINE=InnoDB;
INSERT INTO tenant_members VALUES (1, 1, 1, 'owner'), (2, 1, 1, 'guest'), (2, 2, 1, 'owner');

-- name: enum_and_set
-- from: a table with an enum, a set and a year
-- table: grants
-- left: user_id
-- right: doc_id
CREATE TABLE grants (
  user_id bigint NOT NULL,
  doc_id bigint NOT NULL,
  level enum('read', 'write') NOT NULL DEFAULT 'read',
  flags set('a', 'b', 'c') NOT NULL DEFAULT '',
  since year NOT NULL,
  PRIMARY KEY (user_id, doc_id)
) ENGINE=InnoDB;
INSERT INTO grants VALUES (1, 1, 'write', 'a,c', 2024), (1, 2, 'read', '', 2023);
