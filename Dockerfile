# syntax=docker/dockerfile:1
#
#   docker build --tag typhon-exporter:0.1.0 .
#   docker build --tag typhon-exporter:0.1.0-reference --target reference .    # with llama.cpp, for the demo
#
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-progress
COPY tsconfig.json tsconfig.build.json ./
COPY tools tools
COPY src src
RUN npm run build --silent && rm -f dist/.tsbuildinfo
# What the image has beside the program: its name on PATH, and a folder that fresh volumes take their owner from.
RUN chmod 755 dist/main.js && mkdir bin data && ln -s ../dist/main.js bin/typhon

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-progress

# The reference server's engine is a development dependency; here it becomes a real one, in the version that is locked.
FROM dependencies AS engine
RUN npm pkg set "dependencies.node-llama-cpp=$(node --print "require('./package.json').devDependencies['node-llama-cpp']")" \
  && npm pkg delete devDependencies peerDependencies peerDependenciesMeta \
  && npm install --omit=dev --no-progress

FROM ${NODE_IMAGE} AS agent
LABEL org.opencontainers.image.title="typhon-exporter" \
  org.opencontainers.image.description="Benchmarks a machine's LLM servers on a schedule and exports the results to Prometheus" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.base.name="docker.io/library/node:24-slim"
# NVIDIA's container toolkit reads its two. `utility` brings nvidia-smi, which is all that typhon needs of a GPU.
ENV NODE_ENV=production \
  PATH=/app/bin:$PATH \
  TYPHON_WEB_LISTEN_ADDRESS=0.0.0.0:8000 \
  TYPHON_STORAGE_PATH=/data \
  NVIDIA_VISIBLE_DEVICES=all \
  NVIDIA_DRIVER_CAPABILITIES=utility
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /build/dist dist
COPY --from=build /build/bin bin
COPY package.json LICENSE ./
COPY --from=build --chown=1000:1000 /build/data /data
# The image's user `node`, as a number: Kubernetes cannot tell from a name that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8000
# Rarely: it starts a process, and must not be heard in a benchmark.
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s --start-interval=2s --retries=3 \
  CMD ["node", "--no-warnings", "--eval", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; const at = `://127.0.0.1:${/\\d+$/.exec(process.env.TYPHON_WEB_LISTEN_ADDRESS)}/-/healthy`; fetch(`http${at}`).catch(() => fetch(`https${at}`)).then(({ ok, status }) => process.exit(ok || status === 401 ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["typhon"]
CMD ["agent"]

# The reference model on real llama.cpp, on a port of 127.0.0.1: its client shares its network.
FROM agent AS reference
COPY --from=engine /app/node_modules node_modules
EXPOSE 8099
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s --start-interval=2s --retries=3 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:8099/v1/models').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["reference", "--port", "8099"]

# Without --target the agent is built.
FROM agent AS typhon
