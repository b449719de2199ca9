import { createSign, generateKeyPairSync } from 'node:crypto';

/**
 * A fresh self-signed certificate for an IPv4 address, valid for a day: Node can sign but not make one, and a key kept in
 * the repository would be found by every secret scanner. X.509 v3 in DER, by hand.
 */
export function selfSignedCertificate(ipv4: string): { readonly key: string; readonly cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 24 * 3600 * 1000;
  const subject = sequence(tlv(0x31, sequence(oid(0x55, 0x04, 0x03), tlv(0x0c, Buffer.from('driftless test')))));
  const subjectAltName = sequence(tlv(0x87, Buffer.from(ipv4.split('.').map(Number))));
  const certificate = sequence(
    tlv(0xa0, integer(2)),
    integer(1),
    ECDSA_WITH_SHA256,
    subject,
    sequence(utcTime(Date.now() - day), utcTime(Date.now() + day)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(sequence(oid(0x55, 0x1d, 0x11), tlv(0x04, subjectAltName)))),
  );
  const signature = createSign('sha256').update(certificate).sign(privateKey);
  const der = sequence(certificate, ECDSA_WITH_SHA256, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}
const sequence = (...parts: Buffer[]): Buffer => tlv(0x30, Buffer.concat(parts));
const oid = (...bytes: number[]): Buffer => tlv(0x06, Buffer.from(bytes));
const utcTime = (at: number): Buffer =>
  tlv(0x17, Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));
const integer = (below128: number): Buffer => tlv(0x02, Buffer.from([below128]));
const ECDSA_WITH_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
