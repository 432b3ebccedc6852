// Better Auth in one Node process, as its documentation sets it up for production: PostgreSQL by
// a pool, e-mail by nodemailer with connections that stay open. Its own limits are off.
//
//     node server.mjs DSN RELAY_PORT none|background|awaited VOTERS
//
// Makes its tables, and VOTERS users in them, when there are none. Prints `listening on PORT`.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import nodemailer from "nodemailer";
import pg from "pg";

const [dsn, relayPort, mail, voters] = process.argv.slice(2);
const database = new pg.Pool({ connectionString: dsn, max: 10 });
const transport = nodemailer.createTransport({
  pool: true,
  host: "127.0.0.1",
  port: Number(relayPort),
  secure: false,
});

const written = (user, url) => ({
  from: "Portal <portal@example.org>",
  to: user.email,
  subject: "Reset your password",
  text: `Hello ${user.name},\n\nreset your password here, within an hour:\n\n${url}\n`,
  html: `<p>Hello ${user.name},</p><p><a href="${url}">Reset your password</a>, within an hour.</p>`,
});

const send = {
  none: async () => {},
  awaited: async ({ user, url }) => {
    await transport.sendMail(written(user, url));
  },
  // What its documentation recommends, so that times do not tell who has an account.
  background: async ({ user, url }) => {
    void transport.sendMail(written(user, url)).catch((failure) => console.error(failure));
  },
};

const options = {
  database,
  baseURL: "https://vote.example.org",
  secret: "tk3Zc0vQp8mW5yH2rJ7nX4sB9dF6gL1a",
  emailAndPassword: { enabled: true, sendResetPassword: send[mail] },
  rateLimit: { enabled: false },
};

const { runMigrations } = await getMigrations(options);
await runMigrations();
const { rows } = await database.query('SELECT count(*)::int AS count FROM "user"');
if (rows[0].count === 0) {
  await database.query(
    `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
     SELECT 'user' || n, 'Voter ' || n, 'voter-' || lpad(n::text, 8, '0') || '@example.org', true,
            now(), now()
     FROM generate_series(0, $1::int - 1) AS n`,
    [voters],
  );
  await database.query(
    `INSERT INTO account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
     SELECT 'account' || id, id, 'credential', id, repeat('0', 161), now(), now() FROM "user"`,
  );
  await database.query("ANALYZE");
}

const server = createServer(toNodeHandler(betterAuth(options)));
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", 4096, () => console.log(`listening on ${server.address().port}`));
process.on("SIGTERM", () => process.exit(0));
