-- CreateTable
CREATE TABLE "undertaking" (
    "party" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "effective_on" DATE NOT NULL,
    "document" TEXT NOT NULL,
    "document_sha256" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "undertaking_pkey" PRIMARY KEY ("party","version")
);

-- CreateTable
CREATE TABLE "person" (
    "id" SERIAL NOT NULL,
    "party" TEXT NOT NULL,
    "id_index" BYTEA NOT NULL,
    "sealed" BYTEA NOT NULL,
    "key_id" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "person_version" (
    "id" SERIAL NOT NULL,
    "person_id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "unit" TEXT NOT NULL,
    "province" TEXT,
    "roles" TEXT[],
    "addresses" TEXT[],
    "valid_from" DATE NOT NULL,
    "valid_until" DATE,
    "trained_on" DATE,
    "accepted_undertaking" INTEGER,
    "accepted_on" DATE,
    "removed" BOOLEAN NOT NULL,
    "document" TEXT NOT NULL,
    "document_sha256" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "person_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "person_token" (
    "id" SERIAL NOT NULL,
    "person_id" INTEGER NOT NULL,
    "sha256" BYTEA NOT NULL,
    "label" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "by" TEXT NOT NULL,

    CONSTRAINT "person_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service_step" (
    "id" SERIAL NOT NULL,
    "dataset" TEXT NOT NULL,
    "step" TEXT NOT NULL,
    "on_date" DATE NOT NULL,
    "person_id" INTEGER,
    "note" TEXT,
    "document" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "service_step_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "person_party_id_index_key" ON "person"("party", "id_index");

-- CreateIndex
CREATE UNIQUE INDEX "person_version_person_id_version_key" ON "person_version"("person_id", "version");

-- CreateIndex
CREATE UNIQUE INDEX "person_token_sha256_key" ON "person_token"("sha256");

-- CreateIndex
CREATE INDEX "person_token_person_id_idx" ON "person_token"("person_id");

-- CreateIndex
CREATE INDEX "service_step_dataset_idx" ON "service_step"("dataset");


-- What follows Prisma's schema language cannot say.

ALTER TABLE "person_version" ADD CONSTRAINT "person_version_roles_known"
  CHECK ("roles" <@ ARRAY['query', 'statistics', 'approver', 'operator', 'auditor', 'personnel'] AND cardinality("roles") > 0);
ALTER TABLE "person_version" ADD CONSTRAINT "person_version_province_known"
  CHECK ("province" ~ '^(0[1-9]|[1-7][0-9]|8[01])$');
ALTER TABLE "person_version" ADD CONSTRAINT "person_version_ends_after_start" CHECK ("valid_until" >= "valid_from");
ALTER TABLE "service_step" ADD CONSTRAINT "service_step_known"
  CHECK ("step" IN ('infrastructure-ready', 'contact-named', 'notice-sent'));

CREATE TRIGGER "undertaking_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "undertaking"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "person_version_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "person_version"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "service_step_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "service_step"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
