-- CreateTable
CREATE TABLE "given_entry" (
    "id" SERIAL NOT NULL,
    "party" TEXT NOT NULL,
    "on_date" DATE NOT NULL,
    "officer" INTEGER NOT NULL,
    "subject" BYTEA NOT NULL,
    "key_id" INTEGER NOT NULL,
    "data" JSONB NOT NULL,
    "identity" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "given_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "release_entry" (
    "id" SERIAL NOT NULL,
    "owner" TEXT NOT NULL,
    "party" TEXT NOT NULL,
    "receiver" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "scope" TEXT NOT NULL,
    "approver" INTEGER NOT NULL,
    "document" TEXT NOT NULL,
    "approved_on" DATE NOT NULL,
    "valid_until" DATE,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "release_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "register_revocation" (
    "id" SERIAL NOT NULL,
    "register" TEXT NOT NULL,
    "entry" INTEGER NOT NULL,
    "document" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "register_revocation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "given_entry_subject_idx" ON "given_entry"("subject");

-- CreateIndex
CREATE UNIQUE INDEX "register_revocation_register_entry_key" ON "register_revocation"("register", "entry");


-- What follows Prisma's schema language cannot say.

ALTER TABLE "given_entry" ADD CONSTRAINT "given_entry_subject_index" CHECK (octet_length("subject") = 16);
ALTER TABLE "given_entry" ADD CONSTRAINT "given_entry_identity_known" CHECK ("identity" IN ('in-person', 'e-devlet', 'representative'));
ALTER TABLE "release_entry" ADD CONSTRAINT "release_entry_not_own" CHECK ("owner" <> "party");
ALTER TABLE "release_entry" ADD CONSTRAINT "release_entry_ends_after_approval" CHECK ("valid_until" >= "approved_on");
ALTER TABLE "register_revocation" ADD CONSTRAINT "register_revocation_register_known" CHECK ("register" IN ('given', 'release'));

-- An entry stays as it was written; a later one takes it back.
CREATE TRIGGER "given_entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "given_entry"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "release_entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "release_entry"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "register_revocation_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "register_revocation"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
