export const HELP = `Usage: npm run data-sets -- <command>

  copy --from URL --to URL [--name NAME]… [--replace] [--progress FILE]
      Copies data sets, configurations and records, between PostgreSQL and MongoDB, in either
      direction, and verifies each by the count and the hash of its records. Stopped or killed it goes
      on where it was when it is started again. Stop writing to the source meanwhile: a data set that
      was written to is told, and copied anew by the next run.

      --name NAME      only this data set; may be given again
      --replace        remove data sets that the target has already; otherwise they are left alone
      --progress FILE  where the progress is kept; default .flyloft/copy-<hash of both addresses>.json,
                       removed when everything is verified

  import-backdrop DIR [--to URL] [--configurations FILE] [--report FILE]
      Takes over Backdrop's data sets. DIR is what mongodump (*.bson, *.bson.gz) or mongoexport
      (*.json, *.jsonl: a document a line; also .gz) wrote, with folders or without. Ids, times and
      tokens are kept; names may be odd. May be run again: records go by their ids.

      --configurations FILE  Stagecraft's data sets, a JSON array; default DIR/data-sets.json
      --to URL               default MONGO_URL, else DATABASE_URL
      --report FILE          everything that could not be taken and why, a JSON object a line

URLs begin with postgres:// or mongodb://. In PostgreSQL connect as the role that write-api has, so
that it owns the tables that are made; the database is migrated beforehand (npm run migrate).

Exit status: 0 everything was taken and verified; 1 something was not, or the command failed;
2 the command line is wrong.
`;
