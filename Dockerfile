# The server without the embedded PostgreSQL and the simulator. Settings come from the environment; migrations run at the start.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
# `dist` is a link: the image gets the folder behind it.
RUN npm run build && cp -RL dist built

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Only `npm start` needs the optional packages: the embedded PostgreSQL and Node 24.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/package.json ./
COPY --from=build /app/built ./dist
USER node
EXPOSE 3000 3001
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/mpp-server/main.js"]
