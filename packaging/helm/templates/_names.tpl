{{/* What everything is called. Short enough for the suffixes that are added. */}}
{{- define "typhon.name" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "typhon.selector" -}}
app.kubernetes.io/name: typhon
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "typhon.labels" -}}
{{ include "typhon.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "typhon.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "typhon.tokenSecret" -}}
{{- .Values.auth.existingSecret | default (printf "%s-token" (include "typhon.name" .)) }}
{{- end }}

{{/* typhon.yaml: what was given, and where the token is. */}}
{{- define "typhon.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if .Values.auth.enabled }}
{{- $auth := dict "bearer_token_file" "/run/secrets/typhon/token" "protect" .Values.auth.protect }}
{{- $config = mergeOverwrite $config (dict "web" (dict "auth" $auth)) }}
{{- end }}
{{- toYaml $config }}
{{- end }}
