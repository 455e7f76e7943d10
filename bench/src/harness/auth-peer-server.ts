// The peer of the auth benchmark: a bare Express handler with the same database read, and one without.
import express from 'express';
import { Pool } from 'pg';

const [, , port = '', connectionString = '', tokenId = ''] = process.argv;
const pool = new Pool({ connectionString, max: 10 });
const keys = {
  keys: Array.from({ length: 2 }, (_, kid) => ({ kty: 'RSA', kid, e: 'AQAB', n: 'n'.repeat(342) })),
};

const READ = `
  SELECT t.id, t.secret_hash, t.scopes, t.expires_at, t.revoked_at, t.last_used_at, u.idhash, u.username, u.name,
         u.email, u.avatar_url, u.join_date, s.until,
         (SELECT i.provider || ':' || i.subject FROM auth.identities i
          WHERE i.user_id = u.id ORDER BY i.created_at LIMIT 1) AS provider_id,
         ARRAY(SELECT r.role FROM auth.user_roles r WHERE r.user_id = u.id ORDER BY r.role) AS roles,
         ARRAY(SELECT p.permission FROM auth.user_roles r JOIN auth.role_permissions p ON p.role = r.role
               WHERE r.user_id = u.id) AS permissions
  FROM auth.personal_access_tokens t JOIN auth.users u ON u.id = t.user_id
  LEFT JOIN auth.suspensions s ON s.user_id = u.id
  WHERE t.id = $1`;

const app = express();
app.get('/check', async (_req, res) => {
  const { rows } = await pool.query({ name: 'read', text: READ, values: [tokenId] });
  const [{ secret_hash: _hash, permissions: _permissions, ...profile }] = rows;
  res.json({ authenticated: true, profile });
});
app.get('/keys', (_req, res) => {
  res.json(keys);
});
app.listen(Number(port), '127.0.0.1', () => process.send?.('listening'));
