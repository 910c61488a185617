# The service as a container: simplane run, state in /app/state.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings Node 24 itself; nothing is compiled: better-sqlite3 ships its binaries.
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
# git and ssh read the source; tini hands signals on, so that a stop is a clean one.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git openssh-client ca-certificates tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src
COPY schemas ./schemas
COPY desired-state ./desired-state
RUN mkdir state && chown node:node state
USER node
VOLUME ["/app/state"]
# Healthy: a service runs, and its last pass is within 15 minutes (or three times a longer schedule).
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
  CMD ["node", "src/bin.js", "status", "--healthy"]
ENTRYPOINT ["/usr/bin/tini", "--", "node", "src/bin.js"]
CMD ["run"]
