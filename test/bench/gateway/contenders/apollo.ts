/** `@apollo/gateway` as it comes, in Apollo Server on Fastify as ours is, without anything of ours: `node apollo.ts <supergraph> <port>`. */
import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify from 'fastify';

const [file = '', port = ''] = process.argv.slice(2);
const apollo = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl: readFileSync(file, 'utf8') }) });
await apollo.start();
const app = Fastify();
app.post('/graphql', fastifyApolloHandler(apollo));
await app.listen({ host: '127.0.0.1', port: Number(port) });
