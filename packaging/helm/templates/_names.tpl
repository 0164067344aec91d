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

{{- define "typhon.scheme" -}}
{{ ternary "https" "http" (hasKey .Values.webConfig "tls_server_config") }}
{{- end }}

{{/* Whether everything asks for something that a probe cannot give; the kubelet then only connects. */}}
{{- define "typhon.isClosed" -}}
{{- $tls := dig "tls_server_config" dict .Values.webConfig }}
{{- $asks := ne (dig "client_auth_type" "NoClientCert" $tls) "NoClientCert" }}
{{- if or $asks .Values.webConfig.basic_auth_users (and .Values.auth.enabled (eq .Values.auth.protect "all")) }}true{{ end }}
{{- end }}

{{- define "typhon.probe" -}}
{{- if include "typhon.isClosed" .root -}}
tcpSocket: { port: http }
{{- else -}}
httpGet: { path: {{ .path }}, port: http, scheme: {{ include "typhon.scheme" .root | upper }} }
{{- end }}
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
