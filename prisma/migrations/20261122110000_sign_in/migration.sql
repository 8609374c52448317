-- People sign in with a password and a one-time code. Under what e-mail address they are found, an invitation or the next list says.
ALTER TABLE "person" ADD COLUMN "email_index" BYTEA;

-- CreateTable
CREATE TABLE "person_sign_in" (
    "person_id" INTEGER NOT NULL,
    "password" TEXT NOT NULL,
    "totp" BYTEA NOT NULL,
    "key_id" INTEGER NOT NULL,
    "last_step" INTEGER NOT NULL,
    "enrolled_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "person_sign_in_pkey" PRIMARY KEY ("person_id")
);

-- CreateTable
CREATE TABLE "person_invitation" (
    "id" SERIAL NOT NULL,
    "person_id" INTEGER NOT NULL,
    "sha256" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "password" TEXT,
    "totp" BYTEA,
    "key_id" INTEGER,

    CONSTRAINT "person_invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "person_session" (
    "id" SERIAL NOT NULL,
    "person_id" INTEGER NOT NULL,
    "sha256" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    "idle_ends_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "person_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_failure" (
    "network" TEXT NOT NULL,
    "named" BYTEA NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "failures" INTEGER NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_failure_pkey" PRIMARY KEY ("network","named")
);

-- CreateIndex
CREATE INDEX "person_email_index_idx" ON "person"("email_index");

-- CreateIndex
CREATE UNIQUE INDEX "person_invitation_sha256_key" ON "person_invitation"("sha256");

-- CreateIndex
CREATE INDEX "person_invitation_person_id_idx" ON "person_invitation"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "person_session_sha256_key" ON "person_session"("sha256");

-- CreateIndex
CREATE INDEX "person_session_person_id_idx" ON "person_session"("person_id");


-- What follows Prisma's schema language cannot say.

-- What is pending is pending as a whole, and an invitation that has ended holds nothing.
ALTER TABLE "person_invitation" ADD CONSTRAINT "person_invitation_pending_whole"
  CHECK (num_nonnulls("password", "totp", "key_id") = CASE WHEN "ended_at" IS NULL AND "password" IS NOT NULL THEN 3 ELSE 0 END);
ALTER TABLE "person_session" ADD CONSTRAINT "person_session_ends_after_start" CHECK ("ends_at" > "created_at");

-- An API process signs people in.
CREATE OR REPLACE FUNCTION "grant_api_role"() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  GRANT USAGE ON SCHEMA public TO kopru_api;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO kopru_api;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO kopru_api;
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO kopru_api;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO kopru_api;
  GRANT INSERT, UPDATE, DELETE ON public.lookup, public.process, public.quota_use, public.quota_charge TO kopru_api;
  GRANT INSERT ON public.data_key, public.dataset TO kopru_api;
  GRANT INSERT, UPDATE ON public.person_sign_in, public.person_session TO kopru_api;
  GRANT UPDATE ON public.person_invitation TO kopru_api;
  GRANT INSERT, UPDATE, DELETE ON public.sign_in_failure TO kopru_api;
  REVOKE ALL ON public.audit_entry, public.audit_checkpoint FROM kopru_api;
  GRANT EXECUTE ON FUNCTION public.audit_append(TEXT[], BYTEA[]) TO kopru_api;
END $$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kopru_api') THEN
    PERFORM "grant_api_role"();
  END IF;
END $$;
