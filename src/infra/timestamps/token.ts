import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';

// RFC 3161: a time-stamp token is a CMS message (RFC 5652) about a TSTInfo, which holds the hash of the data and a time.

const oids = { sha256: '2.16.840.1.101.3.4.2.1', signedData: '1.2.840.113549.1.7.2', tstInfo: '1.2.840.113549.1.9.16.1.4' };
const [extendedKeyUsage, timeStamping] = ['2.5.29.37', '1.3.6.1.5.5.7.3.8'];
const engine = new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto as never });
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest();

/** What a token proves: that the data was there at this time, as this authority says. */
export interface ProvenTime {
  /** To the second or finer, in UTC. */
  at: Date;
  /** The subject of the authority's certificate, on one line. */
  by: string;
}

/** The request for a token over the SHA-256 of the data, with the authority's certificate in it; DER. The nonce is 8 bytes. */
export function timestampRequest(data: Buffer, nonce: Buffer): Buffer {
  const request = new pkijs.TimeStampReq({
    version: 1,
    messageImprint: new pkijs.MessageImprint({
      hashAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: oids.sha256, algorithmParams: new asn1js.Null() }),
      hashedMessage: new asn1js.OctetString({ valueHex: sha256(data) }),
    }),
    nonce: new asn1js.Integer({ valueHex: nonce }),
    certReq: true,
  });
  return Buffer.from(request.toSchema().toBER());
}

/** The token out of an authority's answer, DER. @throws Error saying why there is none */
export function tokenOf(answer: Buffer, nonce: Buffer): Buffer {
  const { status, timeStampToken } = decoded(() => pkijs.TimeStampResp.fromBER(answer), 'the answer is no time-stamp response');
  if (status.status > 1 || !timeStampToken) throw new Error(`the authority refused, with status ${status.status}`);
  const { info } = parsed(timeStampToken);
  if (!info.nonce || !bytes(info.nonce).equals(nonce)) throw new Error('the answer is to another request');
  return Buffer.from(timeStampToken.toSchema().toBER());
}

/**
 * Holds a token against the data and the authorities' certificates (PEM), as they were valid at the token's time.
 * @throws Error saying what is wrong with it
 */
export async function proveToken(token: Buffer, data: Buffer, authorities: string): Promise<ProvenTime> {
  const content = decoded(() => pkijs.ContentInfo.fromBER(token), 'it is no time-stamp token');
  const { signed, info } = parsed(content);
  const { hashAlgorithm, hashedMessage } = info.messageImprint;
  if (hashAlgorithm.algorithmId !== oids.sha256 || !bytes(hashedMessage).equals(sha256(data)))
    throw new Error('it is about something else');
  const by = await signerOf(signed, info.genTime, data, authorities);
  const usage = by.extensions?.find(({ extnID }) => extnID === extendedKeyUsage);
  const purposes = (usage?.parsedValue as pkijs.ExtKeyUsage | undefined)?.keyPurposes ?? [];
  if (!usage?.critical || purposes.length !== 1 || purposes[0] !== timeStamping)
    throw new Error('its signer’s certificate is not one for time stamps alone');
  const { subject } = new X509Certificate(Buffer.from(by.toSchema().toBER()));
  return { at: info.genTime, by: subject.split('\n').join(', ') };
}

async function signerOf(signed: pkijs.SignedData, at: Date, data: Buffer, authorities: string): Promise<pkijs.Certificate> {
  const trusted = authorities.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const asked = {
    signer: 0,
    trustedCerts: trusted.map((pem) => pkijs.Certificate.fromBER(new X509Certificate(pem).raw)),
    checkChain: true,
    checkDate: at,
    extendedMode: true as const,
    data: Uint8Array.from(data).buffer,
  };
  try {
    const { signatureVerified, signerCertificateVerified, signerCertificate } = await signed.verify(asked, engine);
    if (signatureVerified && signerCertificateVerified && signerCertificate) return signerCertificate;
  } catch {
    // The library throws both for what is wrong with a token and for what it cannot read in it.
  }
  throw new Error('its signature is not that of a trusted authority');
}

function parsed(content: pkijs.ContentInfo): { signed: pkijs.SignedData; info: pkijs.TSTInfo } {
  return decoded(() => {
    if (content.contentType !== oids.signedData) throw new Error('another type');
    const signed = new pkijs.SignedData({ schema: content.content });
    const { eContentType, eContent } = signed.encapContentInfo;
    if (eContentType !== oids.tstInfo || !eContent) throw new Error('another content');
    return { signed, info: pkijs.TSTInfo.fromBER(eContent.getValue()) };
  }, 'it is no time-stamp token');
}

const bytes = (value: asn1js.OctetString | asn1js.Integer) => Buffer.from(value.valueBlock.valueHexView);

function decoded<T>(read: () => T, problem: string): T {
  try {
    return read();
  } catch {
    throw new Error(problem);
  }
}
