-- People ask, by name: tokens that spoke for a whole party end, and look-ups under way, which nobody could fetch any more.
DROP TABLE "party_token";
DELETE FROM "lookup";

ALTER TABLE "lookup" ADD COLUMN "person" INTEGER NOT NULL, ADD COLUMN "case_ref" TEXT;

-- An API process counts what is read.
CREATE OR REPLACE FUNCTION "grant_api_role"() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  GRANT USAGE ON SCHEMA public TO kopru_api;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO kopru_api;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO kopru_api;
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO kopru_api;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO kopru_api;
  GRANT INSERT, UPDATE, DELETE ON public.lookup, public.process, public.quota_use, public.quota_charge TO kopru_api;
  GRANT INSERT ON public.data_key, public.dataset TO kopru_api;
  REVOKE ALL ON public.audit_entry, public.audit_checkpoint FROM kopru_api;
  GRANT EXECUTE ON FUNCTION public.audit_append(TEXT[], BYTEA[]) TO kopru_api;
END $$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kopru_api') THEN
    PERFORM "grant_api_role"();
  END IF;
END $$;

-- CreateTable
CREATE TABLE "person_grant" (
    "id" SERIAL NOT NULL,
    "person_id" INTEGER NOT NULL,
    "dataset" TEXT NOT NULL,
    "from_date" DATE NOT NULL,
    "until_date" DATE NOT NULL,
    "review_on" DATE NOT NULL,
    "document" TEXT NOT NULL,
    "granted_by" TEXT NOT NULL,
    "granted_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_by" TEXT,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "person_grant_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "person_grant_person_id_dataset_idx" ON "person_grant"("person_id", "dataset");
