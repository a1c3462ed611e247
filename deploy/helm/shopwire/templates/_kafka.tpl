{{/* Who a program is at Kafka: {root, who}.  What kafka.users.WHO does not say is taken from what all share. */}}
{{- define "shopwire.kafkaUser" -}}
{{- $kafka := .root.Values.kafka }}
{{- $own := get $kafka.users .who | default dict }}
{{- $login := ternary $own $kafka.sasl (not (empty $own.username)) }}
{{- $certificate := $own.certificateSecret | default $kafka.certificateSecret }}
{{- $user := dict "username" $login.username "password" (dict) "certificate" (dict) }}
{{- with $login.passwordSecret }}{{ if .name }}{{ $_ := set $user "password" (dict "name" .name "key" (.key | default "password")) }}{{ end }}{{ end }}
{{- if $certificate.name }}
{{- $_ := set $user "certificate" (dict "name" $certificate.name "certificate" ($certificate.certificate | default "tls.crt") "key" ($certificate.key | default "tls.key")) }}
{{- end }}
{{- toYaml $user }}
{{- end }}

{{/* All who come to Kafka: services, the Job of topics, `helm test` (look) and KEDA (lag); each with what shopwire.kafkaUser says. */}}
{{- define "shopwire.kafkaUsers" -}}
{{- $who := list "router" }}
{{- range $system, $one := include "shopwire.connectors" . | fromYaml }}
{{- $who = append $who $system }}
{{- if eq $one.autoscaling.type "keda" }}{{ $who = append $who "lag" }}{{ end }}
{{- end }}
{{- if .Values.topics.create }}{{ $who = append $who "topics" }}{{ end }}
{{- if .Values.tests.enabled }}{{ $who = append $who "look" }}{{ end }}
{{- $users := dict }}
{{- range uniq $who }}{{ $_ := set $users . (include "shopwire.kafkaUser" (dict "root" $ "who" .) | fromYaml) }}{{ end }}
{{- toYaml $users }}
{{- end }}

{{/* The part `kafka` of installation.yaml.  It is the same for all: who each is, its environment and its certificate say. */}}
{{- define "shopwire.kafkaSettings" -}}
{{- $kafka := .Values.kafka }}
{{- $settings := dict "bootstrap" $kafka.bootstrap "security_protocol" $kafka.securityProtocol }}
{{- $extra := deepCopy $kafka.extra }}
{{- with $kafka.sasl.mechanism }}{{ $_ := set $settings "sasl_mechanism" . }}{{ end }}
{{- range include "shopwire.kafkaUsers" . | fromYaml }}
{{- if .username }}{{ $_ := set $settings "sasl_username" "${env:KAFKA_USERNAME}" }}{{ end }}
{{- if .password }}{{ $_ := set $settings "sasl_password" "${env:KAFKA_PASSWORD}" }}{{ end }}
{{- if .certificate }}
{{- $_ := set $extra "ssl.certificate.location" "/etc/shopwire/kafka-certificate/tls.crt" }}
{{- $_ := set $extra "ssl.key.location" "/etc/shopwire/kafka-certificate/tls.key" }}
{{- end }}
{{- end }}
{{- if $kafka.caSecret.name }}{{ $_ := set $settings "ssl_ca_location" (printf "/etc/shopwire/kafka-ca/%s" $kafka.caSecret.key) }}{{ end }}
{{- with $extra }}{{ $_ := set $settings "extra" . }}{{ end }}
{{- toYaml $settings }}
{{- end }}

{{/* Environment of who a program is at Kafka: {root, who}. */}}
{{- define "shopwire.kafkaEnv" -}}
{{- $user := include "shopwire.kafkaUser" . | fromYaml }}
{{- with $user.username }}
- {name: KAFKA_USERNAME, value: {{ . | quote }}}
{{- end }}
{{- with $user.password }}
- name: KAFKA_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .key }}}}
{{- end }}
{{- range $name, $from := .root.Values.kafka.secretEnv }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $from.name }}, key: {{ $from.key }}}}
{{- end }}
{{- end }}

{{/* What is no secret of how KEDA comes to Kafka. */}}
{{- define "shopwire.lagEnv" -}}
{{- with (include "shopwire.kafkaUser" (dict "root" . "who" "lag") | fromYaml).username }}
- {name: KAFKA_LAG_USERNAME, value: {{ . | quote }}}
{{- end }}
{{- if eq .Values.kafka.sasl.mechanism "OAUTHBEARER" }}
- {name: KAFKA_LAG_ENDPOINT, value: {{ get .Values.kafka.extra "sasl.oauthbearer.token.endpoint.url" | quote }}}
{{- with get .Values.kafka.extra "sasl.oauthbearer.scope" }}
- {name: KAFKA_LAG_SCOPES, value: {{ splitList " " . | join "," | quote }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "shopwire.kafkaMounts" -}}
{{- if .root.Values.kafka.caSecret.name }}
- {name: kafka-ca, mountPath: /etc/shopwire/kafka-ca, readOnly: true}
{{- end }}
{{- if (include "shopwire.kafkaUser" . | fromYaml).certificate }}
- {name: kafka-certificate, mountPath: /etc/shopwire/kafka-certificate, readOnly: true}
{{- end }}
{{- end }}

{{- define "shopwire.kafkaVolumes" -}}
{{- with .root.Values.kafka.caSecret.name }}
- name: kafka-ca
  secret: {secretName: {{ . }}}
{{- end }}
{{- with (include "shopwire.kafkaUser" . | fromYaml).certificate }}
- name: kafka-certificate
  secret:
    secretName: {{ .name }}
    items: [{key: {{ .certificate }}, path: tls.crt}, {key: {{ .key }}, path: tls.key}]
{{- end }}
{{- end }}

{{/* What a person must say of Kafka. */}}
{{- define "shopwire.checkKafka" -}}
{{- $kafka := .Values.kafka -}}
{{- if not $kafka.bootstrap }}{{ fail "kafka.bootstrap: expected host:port" }}{{ end }}
{{- range $name, $value := $kafka.extra }}
{{- if and (regexMatch "(password|secret|jaas\\.config)$|\\.key\\.p|passphrase" $name) (not (hasPrefix "${" $value)) }}
{{- fail (printf "kafka.extra.%s: expected a reference as ${env:NAME}, with NAME in kafka.secretEnv: a secret would stand in a ConfigMap" $name) }}
{{- end }}
{{- range regexFindAll "\\$\\{env:[^}]*" $value -1 }}
{{- $env := trimPrefix "${env:" . }}
{{- if not (or (hasKey $kafka.secretEnv $env) (has $env (list "KAFKA_USERNAME" "KAFKA_PASSWORD"))) }}{{ fail (printf "kafka.extra.%s: expected %s in kafka.secretEnv" $name $env) }}{{ end }}
{{- end }}
{{- end }}
{{- $tls := has $kafka.securityProtocol (list "ssl" "sasl_ssl") }}
{{- $sasl := hasPrefix "sasl" $kafka.securityProtocol }}
{{- $own := and $sasl (not $kafka.sasl.mechanism) (not (hasKey $kafka.extra "sasl.mechanism")) }}
{{- if $own }}{{ fail (printf "kafka.sasl.mechanism: expected one, since kafka.securityProtocol is %s" $kafka.securityProtocol) }}{{ end }}
{{- if and $kafka.sasl.mechanism (not $sasl) }}{{ fail (printf "kafka.securityProtocol: expected sasl_ssl or sasl_plaintext, since kafka.sasl.mechanism is %s" $kafka.sasl.mechanism) }}{{ end }}
{{- $elsewhere := hasKey $kafka.extra "sasl.oauthbearer.method" }}
{{- if and (eq $kafka.sasl.mechanism "OAUTHBEARER") (not $elsewhere) (not (hasKey $kafka.extra "sasl.oauthbearer.token.endpoint.url")) }}
{{- fail "kafka.extra: expected sasl.oauthbearer.token.endpoint.url, since OAUTHBEARER asks there for tokens" }}
{{- end }}
{{- range $who, $own := $kafka.users }}
{{- if and $own.passwordSecret (not $own.username) }}{{ fail (printf "kafka.users.%s.username: expected the user of its passwordSecret" $who) }}{{ end }}
{{- if and $own.username (not $own.passwordSecret) }}{{ fail (printf "kafka.users.%s.passwordSecret.name: expected the Secret with the password of kafka.users.%s.username" $who $who) }}{{ end }}
{{- end }}
{{- $users := include "shopwire.kafkaUsers" . | fromYaml }}
{{- $certificates := false }}
{{- range $users }}{{ if .certificate }}{{ $certificates = true }}{{ end }}{{ end }}
{{- if and $certificates (not $tls) }}{{ fail "kafka.securityProtocol: expected ssl or sasl_ssl, since there is a certificateSecret" }}{{ end }}
{{- range $who, $user := $users }}
{{- $shared := empty (get (get $kafka.users $who | default dict) "username") }}
{{- $at := ternary "kafka.sasl" (printf "kafka.users.%s" $who) $shared }}
{{- if and $user.username (not $user.password) }}{{ fail "kafka.sasl.passwordSecret.name: expected the Secret with the password of kafka.sasl.username" }}{{ end }}
{{- if and $kafka.sasl.mechanism (not $elsewhere) (not $user.username) }}{{ fail (printf "kafka.sasl.username: expected the user, or kafka.users.%s, since kafka.sasl.mechanism is %s" $who $kafka.sasl.mechanism) }}{{ end }}
{{- if and $user.username (not $sasl) }}{{ fail (printf "kafka.securityProtocol: expected sasl_ssl or sasl_plaintext, since there is %s.username" $at) }}{{ end }}
{{- if and $certificates (not $user.certificate) }}{{ fail (printf "kafka.users.%s.certificateSecret.name: expected, since others have one; or kafka.certificateSecret for all" $who) }}{{ end }}
{{- end }}
{{- end }}
