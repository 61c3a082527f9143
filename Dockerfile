# Two images: `subgraph` (which of the four is said by its command) and `gateway`; docker-compose.yml runs them.
# Base images are pinned by exact version. A digest would be firmer still, but none could be looked up where this was written: where you
# build, add it (`docker buildx imagetools inspect node:24.21.0-bookworm-slim`).

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Without install scripts: the only one that does more than look at versions would bring a second Node.js.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim AS runtime
ENV NODE_ENV=production APOLLO_TELEMETRY_DISABLED=1 HOST=0.0.0.0
WORKDIR /app
# What is copied belongs to root, so that a service cannot change its own code.
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY docker/healthcheck.mjs ./docker/
COPY schema ./schema
USER node

FROM runtime AS subgraph
# All four services, and the command that imports.
COPY subgraphs ./subgraphs
COPY cli ./cli
# Where the volume with the victims' keys goes, which takes this folder's mode over: `node` makes a folder of its own in it.
USER root
RUN mkdir --mode=1777 victim-keys
USER node
CMD ["node", "subgraphs/calls/main.ts"]

FROM runtime AS gateway
COPY gateway ./gateway
EXPOSE 4000
CMD ["node", "gateway/main.ts"]
