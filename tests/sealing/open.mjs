// Opens, by @hpke/core, what the standard input holds in hexadecimal; writes what was sealed.
import { readFileSync } from "node:fs";
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { DhkemX25519HkdfSha256 } from "@hpke/dhkem-x25519";

const given = Object.entries(JSON.parse(readFileSync(0, "utf8")));
const { private_key, sealed, info, aad } = Object.fromEntries(given.map(([name, hex]) => [name, Buffer.from(hex, "hex")]));
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const recipientKey = await suite.kem.deserializePrivateKey(private_key);
const opening = await suite.createRecipientContext({ recipientKey, enc: sealed.subarray(0, 32), info });

process.stdout.write(Buffer.from(await opening.open(sealed.subarray(32), aad)).toString("hex"));
