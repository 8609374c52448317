-- Personnel administrators act over the API: an API process adds people, versions and tokens, seals a name anew and ends a token.
-- Of a token it cannot change whose it is, nor how long it lives.
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
  REVOKE ALL ON public.audit_entry, public.audit_checkpoint FROM kopru_api;
  REVOKE ALL ON public.given_entry, public.release_entry, public.register_revocation FROM kopru_api;
  GRANT EXECUTE ON FUNCTION public.audit_append(TEXT[], BYTEA[]) TO kopru_api;
END $$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kopru_api') THEN
    PERFORM "grant_api_role"();
  END IF;
END $$;
