/** Owns signed plugins: an Ed25519 signature in the comment of the ZIP, over all bytes before that comment. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { UserError } from '../wrapper/core/errors.ts';

const PREFIX = 'racetrack-ed25519:';
/** A ZIP ends with this record; its last two bytes are the length of the comment that follows. */
const [END_RECORD, END_BYTES] = [0x06054b50, 22];
const COMMENT_BYTES = PREFIX.length + 88;

/** The ZIP with a signature; it must have no comment yet. */
export function signZip(zip: Buffer, privateKey: KeyObject): Buffer {
  const comment = Buffer.from(PREFIX + sign(null, zip, privateKey).toString('base64'));
  const signed = Buffer.concat([zip, comment]);
  signed.writeUInt16LE(comment.length, zip.length - 2);
  return signed;
}

/** Whether one of the keys has signed the ZIP. */
export function isSignedBy(zip: Buffer, publicKeys: readonly KeyObject[]): boolean {
  const end = zip.length - COMMENT_BYTES;
  if (end < END_BYTES || zip.readUInt32LE(end - END_BYTES) !== END_RECORD) return false;
  const comment = zip.subarray(end).toString('latin1');
  if (zip.readUInt16LE(end - 2) !== COMMENT_BYTES || !comment.startsWith(PREFIX)) return false;
  const content = Buffer.from(zip.subarray(0, end));
  content.writeUInt16LE(0, end - 2);
  const signature = Buffer.from(comment.slice(PREFIX.length), 'base64');
  return publicKeys.some((key) => verify(null, content, key, signature));
}

/** `name` says in errors which key it is; the key itself is never shown. */
export const parsePrivateKey = (pem: string, name: string): KeyObject =>
  ed25519(name, 'openssl genpkey -algorithm ed25519 -out key.pem', () => createPrivateKey(pem));

/** A PEM text, or only what stands between its first and last line. */
export const parsePublicKey = (text: string, name: string): KeyObject =>
  ed25519(name, 'openssl pkey -in key.pem -pubout', () =>
    text.includes('-----BEGIN')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' }),
  );

function ed25519(name: string, command: string, create: () => KeyObject): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = create();
  } catch {
    // The reasons of OpenSSL say nothing to people; what is right, does.
  }
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new UserError(`${name} is no Ed25519 key`, { hint: `make one with: ${command}` });
}
