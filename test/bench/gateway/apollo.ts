/** The contender "bare Apollo": Apollo's gateway and server as they come, on Fastify like ours. `node apollo.ts <supergraph> <port>` */
import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import fastifyApollo from '@as-integrations/fastify';
import Fastify from 'fastify';

const [file = '', port] = process.argv.slice(2);
const apollo = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl: readFileSync(file, 'utf8') }) });
await apollo.start();
const app = Fastify();
await app.register(fastifyApollo(apollo));
await app.listen({ port: Number(port), host: '127.0.0.1' });
