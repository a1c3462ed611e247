#include "common/config/installation.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/core/optional.h"

namespace shopwire::config {
namespace {

constexpr std::int32_t kPartitionsDefault = 4;
constexpr std::int64_t kCallsMost = 1'024;  // each needs a thread
constexpr std::int64_t kTracedLeast = 1'000'000;  // one chain in so many
constexpr std::size_t kMerchantFilesMax = 10'000;
constexpr std::string_view kAdminTokenName = "admin";

// A secret among librdkafka's own settings is a reference too, though those are plain texts.
void check_extra(const Node& extra, Problems& problems) {
    for (const auto& [name, value] : extra.members()) {
        const bool secret = name.ends_with("password") || name.ends_with("secret") || name.contains(".key.p") ||
                            name.contains("passphrase") || name.ends_with("jaas.config");
        if (secret && !value.scalar().starts_with("${"))
            value.problem(problems, "expected a reference, ${env:NAME} or ${file:path}, since this is a secret");
    }
}

void check_kafka(const kafka::ClientConfig& kafka, const Node& node, Problems& problems) {
    check_extra(node.member("extra"), problems);
    if (!kafka.security_protocol.starts_with("sasl")) return;
    const auto expect = [&](std::string_view key, bool good, std::string what) {
        if (good) return;
        const Node at = node.member(key);
        if (at.is_null())
            node.problem(problems, std::string(key) + ": " + what);
        else
            at.problem(problems, std::move(what));
    };
    constexpr std::string_view kMechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"};
    if (kafka.sasl_mechanism.empty() && kafka.extra.contains("sasl.mechanism"))
        return;  // another one, at one's own risk
    expect("sasl_mechanism", std::ranges::find(kMechanisms, kafka.sasl_mechanism) != std::end(kMechanisms),
           "expected PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER, got \"" + kafka.sasl_mechanism + "\"");
    if (kafka.extra.contains("sasl.oauthbearer.method")) return;  // tokens from elsewhere
    expect("sasl_username", !kafka.sasl_username.empty(), "expected the user, since the connection is SASL");
    expect("sasl_password", !kafka.sasl_password.empty(), "expected the password, since the connection is SASL");
    if (kafka.sasl_mechanism == "OAUTHBEARER")
        expect("extra", kafka.extra.contains("sasl.oauthbearer.token.endpoint.url"),
               "expected sasl.oauthbearer.token.endpoint.url, since OAUTHBEARER asks there for tokens");
}

const Schema<kafka::ClientConfig>& kafka_schema() {
    using C = kafka::ClientConfig;
    static const Schema<C> schema =
        Schema<C>("kafka", "How to reach the Kafka cluster.")
            .optional("bootstrap", &C::bootstrap, "host:port, several with commas")
            .optional("client_id", &C::client_id, "name shown in the broker's logs and quotas")
            .choice("security_protocol", &C::security_protocol, {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"},
                    "how the connection is protected")
            .optional("sasl_mechanism", &C::sasl_mechanism, "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER")
            .optional("sasl_username", &C::sasl_username, "user at the broker; with OAUTHBEARER the client's id")
            .optional("sasl_password", &C::sasl_password, "its password; with OAUTHBEARER the client's secret")
            .optional("ssl_ca_location", &C::ssl_ca_location, "file with the certificates to trust")
            .optional("extra", &C::extra, "more settings by librdkafka's own names")
            .rule(check_kafka);
    return schema;
}

const Schema<AdminTokenSettings>& admin_token_schema() {
    using T = AdminTokenSettings;
    static const Schema<T> schema = Schema<T>("admin_token", "Who may use the operators' API, and for what.")
                                        .required("token", &T::token, "what is sent as the bearer token")
                                        .choice("role", &T::role, {"read", "operate"},
                                                "read may look; operate may also pause, sync, retry and discard");
    return schema;
}

void check_service(const ServiceSettings& service, const Node& node, Problems& problems) {
    for (const std::string& text : service.trusted_proxies.value_or(std::vector<std::string>{}))
        if (!Network::parse(text))
            node.member("trusted_proxies")
                .problem(problems,
                         "expected an address like 10.0.0.7 or a network like 10.0.0.0/8, got \"" + text + "\"");
    if (service.webhook_refused_per_second < 0)
        node.member("webhook_refused_per_second").problem(problems, "expected 0 or more");
    if (service.webhook_connections_per_peer < 0)
        node.member("webhook_connections_per_peer").problem(problems, "expected 0 or more");
    if (service.admin_tokens.contains(std::string(kAdminTokenName)) && !service.admin_token.empty())
        node.member("admin_tokens").problem(problems, "the name \"admin\" is that of admin_token");
}

const Schema<ServiceSettings>& service_schema() {
    using S = ServiceSettings;
    static const Schema<S> schema =
        Schema<S>("service", "Addresses of one service.")
            .optional("admin_listen", &S::admin_listen,
                      "host:port of probes, metrics and the operators' API; port 0 takes any")
            .optional(
                "admin_token", &S::admin_token,
                "token of the operators' API, with the name admin and the role operate; without any token it is off")
            .object("admin_tokens", &S::admin_tokens, admin_token_schema(),
                    "more tokens of it, each with a name and a role")
            .optional("webhook_listen", &S::webhook_listen,
                      "host:port that takes webhooks, in plain HTTP; empty takes none")
            .optional("public_url", &S::public_url, "address of webhook_listen as systems outside reach it")
            .optional("webhook_threads", &S::webhook_threads, "webhooks taken at the same time")
            .optional("webhook_refused_per_second", &S::webhook_refused_per_second,
                      "refused requests of one source before it must wait; 0: no limit")
            .optional("webhook_connections_per_peer", &S::webhook_connections_per_peer,
                      "connections of one peer at the same time; 0: half of the threads")
            .optional("trusted_proxies", &S::trusted_proxies,
                      "addresses or networks of proxies in front of webhook_listen: their X-Forwarded-For is believed. "
                      "Without this line nobody is believed, and peers of internal networks are not limited")
            .rule(check_service);
    return schema;
}

const Schema<BudgetSettings>& budget_schema() {
    using B = BudgetSettings;
    static const Schema<B> schema =
        Schema<B>("budget", "What one API key may do; connections that share the key share the budget.")
            .optional("per_second", &B::per_second, "requests a second; 0 takes the system's default")
            .optional("burst", &B::burst, "requests at once after a pause; 0 takes the system's default")
            .optional("concurrency", &B::concurrency, "requests at the same time; 0 takes the system's default");
    return schema;
}

const Schema<RuntimeSettings>& runtime_schema() {
    using R = RuntimeSettings;
    static const Schema<R> schema =
        Schema<R>("runtime", "Times and bounds of the runtime that all services share.")
            .optional("session_timeout", &R::session_timeout, "how long a silent member keeps its slots")
            .optional("transaction_timeout", &R::transaction_timeout, "how long an orphaned transaction blocks readers")
            .optional("backoff_first", &R::backoff_first, "first wait after a failure that may pass")
            .optional("backoff_max", &R::backoff_max, "longest wait after failures in a row")
            .optional("attempts_max", &R::attempts_max, "failed attempts before a key is parked")
            .optional("probe_interval", &R::probe_interval,
                      "how often a connection whose key was refused is tried again")
            .optional("write_settle", &R::write_settle, "how long a system may go on with a write after we hung up")
            .optional("lookup_delay", &R::lookup_delay, "wait before a lookup, since lookups may lag behind writes")
            .optional("lookup_attempts", &R::lookup_attempts,
                      "lookups that must find nothing before a create is sent again")
            .optional("parked_per_connection_max", &R::parked_per_connection_max,
                      "records that may wait per connection")
            .optional("calls_max", &R::calls_max,
                      "calls to remote systems that one process has under way at once, of all its connections")
            .optional("stall_timeout", &R::stall_timeout, "a service that got nothing done for so long restarts")
            .optional("vanished_ratio_max", &R::vanished_ratio_max,
                      "a snapshot that loses a larger part is not emitted")
            .optional("drift_max_percent", &R::drift_max_percent,
                      "a pass of whose rows more cannot be read is not emitted; 100: it always is")
            .optional("start_delay", &R::start_delay, "wait before the first read of sources");
    return schema;
}

void check_tracing(const TracingSettings& tracing, const Node& node, Problems& problems) {
    const std::string& url = tracing.endpoint;
    if (url.empty()) return;
    if ((!url.starts_with("http://") && !url.starts_with("https://")) || url.contains('?'))
        node.member("endpoint").problem(problems, "expected an address like http://collector:4318/v1/traces");
}

const Schema<TracingSettings>& tracing_schema() {
    using T = TracingSettings;
    static const Schema<T> schema =
        Schema<T>("tracing", "Who gets spans: what became of an event, hop by hop.")
            .optional("endpoint", &T::endpoint,
                      "where OTLP is taken over HTTP, like http://collector:4318/v1/traces; empty: nobody gets any")
            .optional("authorization", &T::authorization, "value of the header Authorization that it wants")
            .optional("one_in", &T::one_in, "of so many chains of records one is traced")
            .rule(check_tracing);
    return schema;
}

const Schema<Installation>& schema_of_installation() {
    using I = Installation;
    static const Schema<I> schema =
        Schema<I>("installation", "One installation of the product.")
            .object("kafka", &I::kafka, kafka_schema(), "how to reach the Kafka cluster")
            .optional("replication", &I::replication, "copies of each topic")
            .optional("router_partitions", &I::router_partitions,
                      "partitions of events, results and router state; fixed for life")
            .optional("system_partitions", &I::system_partitions, "slots per system, 4 by default; fixed for life")
            .optional("state_dir", &I::state_dir, "folder of the local stores; rebuilt from Kafka when lost")
            .object("services", &I::services, service_schema(), "addresses per service: router and the systems")
            .object("budgets", &I::budgets, budget_schema(), "limits per API key")
            .choice(
                "internal_addresses", &I::internal_addresses, {"refused", "configured", "allowed"},
                "who may be at addresses that the internet does not have: nobody; what a connection's settings name; "
                "also what data name")
            .object("runtime", &I::runtime, runtime_schema(), "times and bounds")
            .object("tracing", &I::tracing, tracing_schema(), "OTLP export, off unless it has an endpoint");
    return schema;
}

void check_schedule(const StreamSettings& stream, const Node& node, Problems& problems) {
    if (!stream.cron.empty() && stream.interval.count() != 0)
        node.member("cron").problem(problems, "expected an interval or a cron expression, got both");
    if (const auto cron = calendar::Cron::parse(stream.cron); !stream.cron.empty() && !cron)
        node.member("cron").problem(problems, cron.error().message);
    if (const auto quiet = calendar::QuietHours::parse(stream.quiet); !quiet)
        node.member("quiet").problem(problems, quiet.error().message);
    const auto zone = calendar::Zone::locate(stream.zone);
    if (!zone) (node.member("zone").is_null() ? node : node.member("zone")).problem(problems, zone.error().message);
}

const Schema<StreamSettings>& stream_schema() {
    using S = StreamSettings;
    static const Schema<S> schema =
        Schema<S>("stream", "When one stream of a connection is read.")
            .optional("interval", &S::interval, "time between reads; 0ms takes the system's default")
            .optional("cron", &S::cron,
                      "when it is read instead: minute, hour, day of the month, month, day of the week")
            .optional("quiet", &S::quiet, "hours like \"22:00-06:00\" in which no reading begins")
            .optional("zone", &S::zone, "time zone of cron and quiet, like Europe/Belgrade")
            .optional("full_interval", &S::full_interval, "time between complete reads; 0ms takes the system's default")
            .optional("enabled", &S::enabled, "whether it is read at all")
            .shorthand("interval")
            .rule(check_schedule);
    return schema;
}

const Schema<ConnectionSettings>& connection_schema() {
    using C = ConnectionSettings;
    static const Schema<C> schema =
        Schema<C>("connection", "One account at one system.")
            .required("system", &C::system, "which system")
            .optional("budget", &C::budget, "name of the budget; default: one of its own")
            .optional("enabled", &C::enabled, "whether it runs")
            .choice("internal_addresses", &C::internal_addresses, {"refused", "configured", "allowed"},
                    "who may be at addresses that the internet does not have; default: as "
                    "the installation says")
            .object("streams", &C::streams, stream_schema(), "schedules per stream")
            .optional("settings", &C::settings, "the system's own settings");
    return schema;
}

const Schema<Merchant>& schema_of_merchant() {
    using M = Merchant;
    static const Schema<M> schema = Schema<M>("merchant", "One merchant: connections and routing.")
                                        .required("merchant", &M::name, "its name; part of every key")
                                        .object("connections", &M::connections, connection_schema(), "accounts", true)
                                        .optional("routing", &M::routing, "what goes where");
    return schema;
}

std::uint64_t fnv1a(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash;
}

// Names end up in topic names, metric labels and paths.
void check_name(const Node& node, const std::string& name, Problems& problems) {
    const bool good = !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!good) node.problem(problems, "expected a name of a-z, 0-9, - and _, got \"" + name.substr(0, 80) + "\"");
}

std::string text_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

Merchant load_merchant(const std::string& file, References& references_of_all, Problems& problems) {
    const std::string text = text_of(file);
    const References references(text);  // before they are read: a later change is seen as one
    references_of_all.add(references);
    const Node node = Node::load(file, problems);
    if (!problems.empty()) return {};
    Merchant merchant = schema_of_merchant().parse(node, problems);
    check_name(node.member("merchant"), merchant.name, problems);
    for (auto& [name, connection] : merchant.connections) {
        check_name(node.member("connections").member(name), name, problems);
        connection.name = name;
        if (connection.budget.empty()) connection.budget = merchant.name + "/" + name;
    }
    merchant.revision = fnv1a(text);
    merchant.generation = fnv1a(text + references.contents());
    return merchant;
}

}  // namespace

calendar::Timetable timetable_of(const StreamSettings& settings, std::chrono::milliseconds interval_default) {
    std::optional<calendar::Cron> cron;
    if (!settings.cron.empty()) cron = *calendar::Cron::parse(settings.cron);
    return {settings.interval.count() == 0 ? interval_default : settings.interval, cron,
            *calendar::QuietHours::parse(settings.quiet), *calendar::Zone::locate(settings.zone)};
}

std::optional<std::vector<Network>> ServiceSettings::proxies() const {
    if (!trusted_proxies) return std::nullopt;
    std::vector<Network> networks;
    for (const std::string& text : *trusted_proxies) {
        std::optional<Network> network = Network::parse(text);
        networks.push_back(taken(network));
    }
    return networks;
}

std::int32_t Installation::partitions_of(const std::string& system) const {
    const auto found = system_partitions.find(system);
    return found == system_partitions.end() ? kPartitionsDefault : found->second;
}

std::uint32_t generation_of(const std::map<std::string, std::uint64_t>& revisions) {
    std::string text;
    for (const auto& [merchant, revision] : revisions) text += merchant + " " + std::to_string(revision) + "\n";
    return static_cast<std::uint32_t>(fnv1a(text) >> 32U);
}

Installation load_installation(const std::string& folder, Problems& problems) {
    const Node node = Node::load(folder + "/installation.yaml", problems);
    if (!problems.empty()) return {};
    const References references(text_of(folder + "/installation.yaml"));
    Installation out = schema_of_installation().parse(node, problems);
    out.references = references;
    const auto positive = [&](const Node& at, std::int64_t value, std::int64_t most) {
        if (value < 1 || value > most)
            at.problem(problems, "expected 1 to " + std::to_string(most) + ", got " + std::to_string(value));
    };
    positive(node.member("replication"), out.replication, 9);
    positive(node.member("router_partitions"), out.router_partitions, 1000);
    for (const auto& [system, count] : out.system_partitions) positive(node.member("system_partitions"), count, 1000);
    positive(node.member("runtime").member("calls_max"), out.runtime.calls_max, kCallsMost);
    positive(node.member("tracing").member("one_in"), out.tracing.one_in, kTracedLeast);
    return out;
}

Merchants load_merchants(const std::string& folder) {
    Merchants out;
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder + "/merchants", error)) {
        const std::filesystem::path& path = entry.path();
        if (path.extension() == ".yaml" && !path.filename().string().starts_with('.')) files.push_back(path.string());
        if (files.size() >= kMerchantFilesMax) break;
    }
    if (error)
        out.problems[folder + "/merchants"].push_back({folder + "/merchants", 0, "", "expected a readable folder"});
    std::ranges::sort(files);
    for (const std::string& file : files) {
        Problems problems;
        Merchant merchant = load_merchant(file, out.references, problems);
        if (problems.empty() && out.merchants.contains(merchant.name))
            problems.push_back(
                {file, 1, "merchant", "the merchant \"" + merchant.name + "\" stands in another file too"});
        if (!problems.empty())
            out.problems[file] = std::move(problems);
        else
            out.merchants.emplace(merchant.name, std::move(merchant));
    }
    return out;
}

std::string installation_schema() { return schema_of_installation().json_schema(); }
std::string merchant_schema() { return schema_of_merchant().json_schema(); }

}  // namespace shopwire::config
