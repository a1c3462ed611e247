{{/* installation.yaml, the same for all services.  Secrets stand in it by reference alone. */}}
{{- define "shopwire.installation" -}}
{{- $kafka := dict "bootstrap" .Values.kafka.bootstrap "security_protocol" .Values.kafka.securityProtocol }}
{{- with .Values.kafka.sasl.mechanism }}{{ $_ := set $kafka "sasl_mechanism" . }}{{ end }}
{{- with .Values.kafka.sasl.username }}{{ $_ := set $kafka "sasl_username" . }}{{ end }}
{{- if .Values.kafka.sasl.passwordSecret.name }}{{ $_ := set $kafka "sasl_password" "${env:KAFKA_PASSWORD}" }}{{ end }}
{{- if .Values.kafka.caSecret.name }}{{ $_ := set $kafka "ssl_ca_location" (printf "/etc/shopwire/kafka-ca/%s" .Values.kafka.caSecret.key) }}{{ end }}
{{- with .Values.kafka.extra }}{{ $_ := set $kafka "extra" . }}{{ end }}
{{- $partitions := dict }}
{{- $services := dict "router" (dict "admin_listen" "0.0.0.0:9100" "admin_token" "${env:ADMIN_TOKEN}") }}
{{- range $system, $one := include "shopwire.connectors" . | fromYaml }}
{{- $service := dict "admin_listen" "0.0.0.0:9100" "admin_token" "${env:ADMIN_TOKEN}" }}
{{- if $one.webhooks.enabled }}
{{- $_ := set $service "webhook_listen" "0.0.0.0:8080" }}
{{- $_ := set $service "public_url" (trimSuffix "/" $one.webhooks.publicUrl) }}
{{- $_ := set $service "webhook_threads" (int $one.webhooks.threads) }}
{{- with $one.webhooks.trustedProxies }}{{ $_ := set $service "trusted_proxies" . }}{{ end }}
{{- end }}
{{- $_ := set $services $system $service }}
{{- $_ := set $partitions $system (int (get $.Values.kafka.systemPartitions $system | default 4)) }}
{{- end }}
{{- $all := dict "kafka" $kafka "replication" (int .Values.kafka.replication) "router_partitions" (int .Values.kafka.routerPartitions) }}
{{- $_ := set $all "system_partitions" $partitions }}
{{- $_ := set $all "state_dir" "/var/lib/shopwire" }}
{{- $_ := set $all "services" $services }}
{{- with .Values.config.budgets }}{{ $_ := set $all "budgets" . }}{{ end }}
{{- with .Values.config.runtime }}{{ $_ := set $all "runtime" . }}{{ end }}
{{- toYaml $all }}
{{- end }}

{{- define "shopwire.merchants" -}}
{{- .Values.config.existingMerchants | default (printf "%s-merchants" (include "shopwire.fullname" .)) }}
{{- end }}

{{/* Environment that every program needs: {root, env}, with env as NAME: {name, key}. */}}
{{- define "shopwire.env" -}}
- name: ADMIN_TOKEN
  valueFrom: {secretKeyRef: {name: {{ .root.Values.adminToken.secret.name }}, key: {{ .root.Values.adminToken.secret.key }}}}
{{- with .root.Values.kafka.sasl.username }}
- {name: KAFKA_USERNAME, value: {{ . | quote }}}
{{- end }}
{{- with .root.Values.kafka.sasl.passwordSecret }}
{{- if .name }}
- name: KAFKA_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .key }}}}
{{- end }}
{{- end }}
{{- range $name, $from := .env }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $from.name }}, key: {{ $from.key }}}}
{{- end }}
{{- end }}

{{- define "shopwire.configMounts" -}}
{{- if .Values.config.existingVolume }}
- {name: config, mountPath: /etc/shopwire/config, readOnly: true}
{{- else }}
# A changed installation needs a restart, and gets one by the checksum; a changed merchant is taken over by itself.
- {name: installation, mountPath: /etc/shopwire/config/installation.yaml, subPath: installation.yaml, readOnly: true}
- {name: merchants, mountPath: /etc/shopwire/config/merchants, readOnly: true}
{{- end }}
{{- if .Values.kafka.caSecret.name }}
- {name: kafka-ca, mountPath: /etc/shopwire/kafka-ca, readOnly: true}
{{- end }}
{{- end }}

{{- define "shopwire.configVolumes" -}}
{{- if .Values.config.existingVolume }}
- name: config
  {{- toYaml .Values.config.existingVolume | nindent 2 }}
{{- else }}
- name: installation
  configMap: {name: {{ include "shopwire.fullname" . }}-installation}
- name: merchants
  configMap: {name: {{ include "shopwire.merchants" . }}}
{{- end }}
{{- with .Values.kafka.caSecret.name }}
- name: kafka-ca
  secret: {secretName: {{ . }}}
{{- end }}
{{- end }}

{{- define "shopwire.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "shopwire.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
