import type { Settings } from '../infra/settings';
import { readAuthorities } from '../infra/tls/read';
import type { ClientTls } from '../surfaces/api/clientCertificate';

/** How the API asks for client certificates; undefined where it does not. @throws KopruError `settings-invalid` */
export function clientTls({ clientCertificates: asked, clientCaFile }: Settings): ClientTls | undefined {
  return asked === 'off' || !clientCaFile
    ? undefined
    : { required: asked === 'required', authorities: readAuthorities(clientCaFile, 'CLIENT_CA_FILE') };
}
