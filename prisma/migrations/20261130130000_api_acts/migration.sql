-- A person's own view is made from the log, and is a reading of it like an auditor's.
CREATE OR REPLACE FUNCTION "audit_reading_logged"() RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  named text := current_setting('kopru.audit_reading', true);
BEGIN
  IF named ~ '^[0-9]{1,18}$' AND EXISTS (
    SELECT FROM public.audit_entry e
     WHERE e.seq = named::bigint AND e.kind = 'access' AND e.decision = 'allow'
       AND e.action IN ('audit', 'audit subject', 'audit verification', 'subject usage')
       AND e.at BETWEEN now() - interval '1 hour' AND now() + interval '1 hour'
  ) THEN
    RETURN true;
  END IF;
  RAISE EXCEPTION 'permission denied for the audit log: its reading must be logged first' USING ERRCODE = 'insufficient_privilege';
END $$;

-- Besides: consents, publications, people's requests and incidents are acts of persons over the API. All of these are added, and nothing
-- that stands is changed.
CREATE OR REPLACE FUNCTION "grant_api_role"() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  GRANT USAGE ON SCHEMA public TO kopru_api;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO kopru_api;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO kopru_api;
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO kopru_api;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO kopru_api;
  GRANT INSERT, UPDATE, DELETE ON public.lookup, public.process, public.quota_use, public.quota_charge TO kopru_api;
  GRANT INSERT ON public.data_key, public.dataset, public.person, public.person_version, public.person_token TO kopru_api;
  GRANT UPDATE (sealed, key_id, email_index) ON public.person TO kopru_api;
  GRANT UPDATE (revoked_at) ON public.person_token TO kopru_api;
  GRANT INSERT, UPDATE, DELETE ON public.person_sign_in TO kopru_api;
  GRANT INSERT, UPDATE ON public.person_session TO kopru_api;
  GRANT UPDATE ON public.person_invitation TO kopru_api;
  GRANT INSERT, UPDATE, DELETE ON public.sign_in_failure TO kopru_api;
  GRANT INSERT, UPDATE (lifted_at) ON public.quota_limit TO kopru_api;
  GRANT INSERT ON public.given_entry, public.release_entry, public.register_revocation TO kopru_api;
  GRANT INSERT ON public.consent, public.consent_decision, public.publication, public.publication_event TO kopru_api;
  GRANT INSERT ON public.subject_request, public.subject_answer, public.incident, public.incident_event TO kopru_api;
  -- Who reads how much is the watch's business, and no API process watches.
  REVOKE ALL ON public.harvest_day, public.harvest_subject FROM kopru_api;
  REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON public.audit_entry, public.audit_checkpoint FROM kopru_api;
  GRANT EXECUTE ON FUNCTION public.audit_append(TEXT[], BYTEA[]) TO kopru_api;
END $$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kopru_api') THEN
    PERFORM "grant_api_role"();
  END IF;
END $$;
