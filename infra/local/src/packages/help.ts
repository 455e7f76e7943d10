export const HELP = `Usage: npm run packages -- COMMAND [OPTIONS]

  load DIR|URL    loads one data package: a folder with a datapackage.json, or the address of one
  import DIR      loads every package of OpenSpending's datastore: DIR/<owner>/<name>/datapackage.json
  validate DIR    says everything that is wrong with a package; nothing is loaded
  cancel LOAD     ends a load, which goes on when load or import is interrupted

Options of load, import and cancel:
  --url ORIGIN    the platform; default: the one that npm start runs here
  --token TOKEN   a personal access token (fl_pat_…) for it; better in the variable FLYLOFT_TOKEN
  --data DIR      the data folder of the platform that runs here (default: .flyloft)
  --public        makes the package public when it is done; otherwise it stays as it was, at first private
  --force         loads again although nothing has changed

Options of import:
  --mine            the packages become yours, whoever owned them (otherwise owners are kept, which needs an
                    administrator's token)
  --progress FILE   where it is kept what is done (default: in .flyloft); run the same again to go on

Options of all:
  --json          the outcome as JSON on standard output, everything else on standard error
  --help          show this

Exit status: 0 all is well, 1 something was refused or failed, 2 the command line is wrong, 130 interrupted (Ctrl-C).
`;
