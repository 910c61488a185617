/** The files of `simplane init`, with what each is for. */
export const STARTER: readonly { readonly path: string; readonly text: string; readonly about: string }[] = [
  {
    path: 'README.md',
    about: 'what is where, how to change something, who reviews',
    text: `# eSIM configurations

What our devices are to have, kept by simplane.

- \`desired-state/configurations/\`: one file a configuration: which server, for whom.
- \`desired-state/groups/\`: who is in which group, by the MDM's groups and labels.
- \`desired-state/retirements/\`: which devices are emptied before they leave.
- \`desired-state/lists/\`: serial numbers, as CSV or one a line.
- \`desired-state/policy.yaml\`: what may happen by itself, and how much of it in a day.

To change something: edit, \`simplane validate\`, open a pull request. What it would do to which devices:
\`simplane plan --ref BRANCH\`.
`,
  },
  {
    path: 'desired-state/policy.yaml',
    about: 'mode: propose, small budgets',
    text: `# yaml-language-server: $schema=../simplane.schema.json
apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec:
  mode: propose            # plan, and wait for simplane approve; later: enforce
  budgets:                 # in a rolling day; the rest waits
    reset: { perDay: 5 }
    uninstall: { perDay: 20 }
`,
  },
  {
    path: 'desired-state/configurations/example.yaml.txt',
    about: 'rename to use',
    text: `# yaml-language-server: $schema=../../simplane.schema.json
apiVersion: simplane/v1
kind: EsimConfiguration
metadata:
  name: example
  description: The carrier's eSIM for the field laptops
spec:
  windows:
    serverName: smdp.carrier.example   # the carrier's server: a bare host name, no https://
    autoEnable: true
  distribution:
    to: none                           # all | none | custom; nothing here targets nobody
    # to: custom
    # groups: [field-laptops]
  onRemove: keep-esims                 # what becomes of the eSIMs when a device is no longer a target
`,
  },
  {
    path: '.github/workflows/simplane.yaml',
    about: 'validate on pull requests',
    text: `name: simplane
on: [pull_request]
permissions: { contents: read }
jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: simplane validate desired-state   # findings become annotations by themselves
`,
  },
  {
    path: '.github/CODEOWNERS',
    about: 'policy.yaml and retirements/ need a second pair of eyes',
    text: `/desired-state/policy.yaml    @your-org/mobility-leads
/desired-state/retirements/   @your-org/mobility-leads
/desired-state/lists/         @your-org/mobility-leads
`,
  },
  {
    path: '.vscode/settings.json',
    about: 'completion from the schema',
    text: `{ "yaml.schemas": { "./simplane.schema.json": "desired-state/**/*.yaml" } }
`,
  },
]
