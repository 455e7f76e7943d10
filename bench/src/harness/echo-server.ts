// The peer of the write benchmark: the least an Express application can do with a JSON body.
import express from 'express';

const app = express();
app.use(express.json());
app.post('/', (req, res) => {
  res.json({ status: 'ok', received: typeof req.body });
});
app.listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('listening'));
