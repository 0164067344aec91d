/** The first lines of every YAML file that is made from code here. */
export const generatedNote = '# Made from grafana/ by npm run generate: change it there.\n';
