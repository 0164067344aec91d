/** The Prometheus that the dashboards and the alert rules are provisioned for. */
export const DATA_SOURCE_UID = 'typhon-prometheus';
export const DATA_SOURCE_NAME = 'Prometheus (typhon)';
