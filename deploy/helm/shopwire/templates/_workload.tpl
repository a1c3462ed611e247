{{/* A service with what belongs to it: {root, service, values, webhooks}. */}}
{{- define "shopwire.workload" -}}
{{- $root := .root }}
{{- $values := .values }}
{{- $name := printf "%s-%s" (include "shopwire.fullname" $root) .service }}
{{- $about := dict "root" $root "who" .service }}
{{- /* An installation.yaml of one's own may name the token so. */}}
{{- $token := dict }}
{{- if and $root.Values.config.existingVolume $root.Values.adminToken.secret.name }}{{ $token = dict "ADMIN_TOKEN" $root.Values.adminToken.secret }}{{ end }}
{{- $scaled := ne (dig "autoscaling" "type" "none" $values) "none" }}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  labels: {{- include "shopwire.labels" . | nindent 4 }}
spec:
  serviceName: {{ $name }}
  {{- if not $scaled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  # Each member has a name of its own and takes its partitions back after a restart: no order among them is needed.
  podManagementPolicy: Parallel
  selector:
    matchLabels: {{- include "shopwire.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "shopwire.labels" . | nindent 8 }}
        {{- with $root.Values.podLabels }}{{ toYaml . | nindent 8 }}{{ end }}
      annotations:
        checksum/installation: {{ include "shopwire.installation" $root | sha256sum }}
        {{- with $values.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      serviceAccountName: {{ include "shopwire.serviceAccount" $root }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
      {{- with $root.Values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      securityContext: {{- include "shopwire.podSecurity" $root | nindent 8 }}
      {{- with $values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        {{- range (ternary (list "topology.kubernetes.io/zone" "kubernetes.io/hostname") (list "kubernetes.io/hostname") $root.Values.topologySpread.zone) }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: {{ $root.Values.topologySpread.whenUnsatisfiable }}
          labelSelector:
            matchLabels: {{- include "shopwire.selector" $ | nindent 14 }}
        {{- end }}
      containers:
        - name: {{ .service }}
          image: {{ include "shopwire.image" (dict "root" $root "program" .service) }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [--config, /etc/shopwire/config, --state-dir, /var/lib/shopwire, --pod, $(POD_NAME), --log-format, json]
          env:
            - name: POD_NAME
              valueFrom: {fieldRef: {fieldPath: metadata.name}}
            {{- with include "shopwire.env" (dict "root" $root "who" .service "env" (merge (dict) $values.secretEnv $token)) | trim }}{{ . | nindent 12 }}{{ end }}
            {{- if eq (dig "autoscaling" "type" "none" $values) "keda" }}
            {{- with include "shopwire.lagEnv" $root | trim }}{{ . | nindent 12 }}{{ end }}
            {{- end }}
          ports:
            - {name: admin, containerPort: 9100}
            {{- if .webhooks }}
            - {name: webhooks, containerPort: 8080}
            {{- end }}
          # Neither asks Kafka or a system: an outage elsewhere restarts nobody and takes no pod out of its service.
          livenessProbe:
            httpGet: {path: /livez, port: admin}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
          readinessProbe:
            httpGet: {path: /readyz, port: admin}
            periodSeconds: 5
            timeoutSeconds: 5
          resources: {{- toYaml $values.resources | nindent 12 }}
          securityContext: {{- include "shopwire.containerSecurity" $root | nindent 12 }}
          volumeMounts:
            - {name: state, mountPath: /var/lib/shopwire}
            {{- include "shopwire.configMounts" $about | nindent 12 }}
            - {name: tokens, mountPath: /etc/shopwire/tokens, readOnly: true}
            {{- range $index, $files := $values.secretFiles }}
            - {name: secret-{{ $index }}, mountPath: {{ $files.path | default (printf "/etc/shopwire/secrets/%s" $files.secret) }}, readOnly: true}
            {{- end }}
      volumes:
        {{- if not $values.persistence.enabled }}
        - name: state
          emptyDir: {sizeLimit: {{ $values.persistence.size }}}
        {{- end }}
        {{- include "shopwire.configVolumes" $about | nindent 8 }}
        - name: tokens
          projected:
            sources:
              {{- range $name, $secret := include "shopwire.tokenSecrets" $root | fromYaml }}
              - secret: {name: {{ $secret.name }}, items: [{key: {{ $secret.key }}, path: {{ $name }}}]}
              {{- end }}
        {{- range $index, $files := $values.secretFiles }}
        - name: secret-{{ $index }}
          secret: {secretName: {{ $files.secret }}}
        {{- end }}
  {{- if $values.persistence.enabled }}
  volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata:
        name: state
        labels: {{- include "shopwire.selector" . | nindent 10 }}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with $values.persistence.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources: {requests: {storage: {{ $values.persistence.size }}}}
  {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels: {{- include "shopwire.labels" . | nindent 4 }}
spec:
  clusterIP: None
  selector: {{- include "shopwire.selector" . | nindent 4 }}
  ports:
    - {name: admin, port: 9100, targetPort: admin}
{{- if $values.podDisruptionBudget }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels: {{- include "shopwire.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "shopwire.selector" . | nindent 6 }}
{{- end }}
{{- if $root.Values.networkPolicy.enabled }}
---
{{ include "shopwire.networkPolicy" . }}
{{- end }}
{{- end }}

{{- define "shopwire.namespacePeer" -}}
- namespaceSelector:
    matchLabels: {kubernetes.io/metadata.name: {{ . }}}
{{- end }}

{{/* One port at a place: {port, place}, with place as {cidrs, namespace, podLabels}; none of them: anywhere. */}}
{{- define "shopwire.egressTo" -}}
- ports:
    - {protocol: TCP, port: {{ .port }}}
  {{- if or .place.cidrs .place.namespace }}
  to:
    {{- range .place.cidrs }}
    - ipBlock: {cidr: {{ . }}}
    {{- end }}
    {{- if .place.namespace }}
    {{- include "shopwire.namespacePeer" .place.namespace | nindent 4 }}
      {{- with .place.podLabels }}
      podSelector:
        matchLabels: {{- toYaml . | nindent 10 }}
      {{- end }}
    {{- end }}
  {{- end }}
{{- end }}

{{/* Egress that every program needs: names, Kafka, and where OAUTHBEARER's tokens are given. */}}
{{- define "shopwire.egress" -}}
{{- $policy := .Values.networkPolicy -}}
- to:
    {{- include "shopwire.namespacePeer" $policy.dns.namespace | nindent 4 }}
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{ include "shopwire.egressTo" (dict "port" .Values.kafka.port "place" $policy.kafka) }}
{{- if eq .Values.kafka.sasl.mechanism "OAUTHBEARER" }}
{{ include "shopwire.egressTo" (dict "port" $policy.tokenEndpoint.port "place" $policy.tokenEndpoint) }}
{{- end }}
{{- if .Values.tracing.endpoint }}
{{ include "shopwire.egressTo" (dict "port" $policy.collector.port "place" $policy.collector) }}
{{- end }}
{{- end }}

{{- define "shopwire.networkPolicy" -}}
{{- $policy := .root.Values.networkPolicy -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "shopwire.fullname" .root }}-{{ .service }}
  labels: {{- include "shopwire.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "shopwire.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    # The admin port: who watches, and the command line in this release.
    - ports:
        - {protocol: TCP, port: admin}
      {{- with $policy.monitoringNamespace }}
      from:
        {{- include "shopwire.namespacePeer" . | nindent 8 }}
        - podSelector:
            matchLabels: {app.kubernetes.io/instance: {{ $.root.Release.Name }}}
      {{- end }}
    {{- if .webhooks }}
    - ports:
        - {protocol: TCP, port: webhooks}
      {{- with $policy.ingressNamespace }}
      from:
        {{- include "shopwire.namespacePeer" . | nindent 8 }}
      {{- end }}
    {{- end }}
  egress:
    {{- include "shopwire.egress" .root | nindent 4 }}
    {{- with .values.egress }}
    {{- if .ports }}
    - ports:
        {{- range .ports }}
        - {protocol: TCP, port: {{ . }}}
        {{- end }}
      to:
        {{- range .cidrs }}
        - ipBlock: {cidr: {{ . }}}
        {{- else }}
        - ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, 100.64.0.0/10]}
        {{- end }}
    {{- end }}
    {{- end }}
    {{- with include "shopwire.sandboxEgress" . | trim }}{{ . | nindent 4 }}{{ end }}
{{- end }}
