// Seals, by @hpke/core, what the standard input holds in hexadecimal; writes enc, ciphertext and tag.
import { readFileSync } from "node:fs";
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { DhkemX25519HkdfSha256 } from "@hpke/dhkem-x25519";

const given = Object.entries(JSON.parse(readFileSync(0, "utf8")));
const { public_key, plain, info, aad } = Object.fromEntries(given.map(([name, hex]) => [name, Buffer.from(hex, "hex")]));
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const recipientPublicKey = await suite.kem.deserializePublicKey(public_key);
const sealing = await suite.createSenderContext({ recipientPublicKey, info });

process.stdout.write(Buffer.concat([Buffer.from(sealing.enc), Buffer.from(await sealing.seal(plain, aad))]).toString("hex"));
