# Applies the migrations and makes the services' database roles, then ends. Build from the root:
#   docker build -f infra/docker/migrate.Dockerfile -t flyloft/migrate .
FROM node:22-bookworm-slim AS build
WORKDIR /source
COPY . .
RUN npm run build \
 && npx -y pnpm@10.34.9 --filter @flyloft/local --prod --legacy deploy /flyloft/infra/local \
 && for folder in services/auth/prisma/migrations packages/data-sets/migrations packages/data-sets/migrations-kept-answers packages/registry/prisma/migrations infra/postgres; \
    do mkdir -p "/flyloft/$folder" && cp -r "$folder/." "/flyloft/$folder/"; done

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /flyloft
COPY --from=build /flyloft .
USER node
CMD ["node", "infra/local/dist/commands/migrate.js", "--roles"]
