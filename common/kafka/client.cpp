#include "common/kafka/client.h"

#include <librdkafka/rdkafka.h>
#include <openssl/x509.h>

#include <algorithm>
#include <limits>
#include <shared_mutex>
#include <thread>

#include "common/kafka/access.h"
#include "common/kafka/statistics.h"
#include "common/log/log.h"

namespace shopwire::kafka {
namespace {

constexpr std::size_t kErrorTextMax = 512;
constexpr std::chrono::milliseconds kBrokerFirstWait{5};
constexpr std::chrono::milliseconds kBrokerWaitMost{2'000};  // who stops waits that long
constexpr std::chrono::milliseconds kBrokerRetryPause{2};
constexpr std::chrono::seconds kTrustMax{5};  // after the first broker that distrusts us; another one may not
constexpr std::chrono::milliseconds kThrottleTold{5'000};  // by then little gets done
constexpr int kSyslogError = 3;
constexpr int kSyslogNotice = 5;

LineFilter& line_filter() {
    static LineFilter filter;
    return filter;
}

void write_line(log::Level level, const rd_kafka_t* client, std::string_view facility, std::string_view text) {
    const char* name = client == nullptr ? "" : rd_kafka_name(client);
    const auto held =
        line_filter().admit(std::string(name) + " " + std::string(facility), std::chrono::steady_clock::now());
    if (!held) return;
    log::write(level, "kafka client", {{"client", name}, {"facility", facility}, {"text", text}, {"held_back", *held}});
}

struct Refusals {
    std::shared_mutex mutex{};  // held while the observer runs
    RefusalObserver observer{};
};

Refusals& refusals() {
    static Refusals one;
    return one;
}

// What brokers said while this thread waits for one; see find_broker.
struct Heard {
    std::string distrust{};  // the last one's words; empty: none
    std::string broker{};    // its address, as far as it is known
    rd_kafka_resp_err_t absence = RD_KAFKA_RESP_ERR_NO_ERROR;  // why one is not reached: a wrong name tells most
};
thread_local Heard* heard = nullptr;

class Listening {
 public:
    explicit Listening(Heard& out) { heard = &out; }
    ~Listening() { heard = nullptr; }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
};

// Why the last certificate was not accepted: librdkafka's error only says that it "could not be verified".
struct Verdict {
    std::mutex mutex{};
    std::string text{};
};

Verdict& verdict() {
    static Verdict one;
    return one;
}

// "... port 1 after 8 ms: ..." took another time the next time.
std::string without_duration(std::string_view reason) {
    constexpr std::string_view kAfter = " after ";
    constexpr std::string_view kUnit = " ms";
    std::string text(reason);
    const auto begin = text.find(kAfter);
    if (begin == text.npos) return text;
    const auto end = text.find_first_not_of("0123456789", begin + kAfter.size());
    if (end != text.npos && std::string_view(text).substr(end).starts_with(kUnit))
        text.erase(begin, end + kUnit.size() - begin);
    return text;
}

// The same for the same fault: without broker and times.
std::string reason_of(int code, std::string_view reason) {
    reason = reason.substr(0, reason.find(" (after "));
    if (const auto at = reason.find(": "); reason.substr(0, at).contains("://")) reason.remove_prefix(at + 2);
    if (code != RD_KAFKA_RESP_ERR__SSL || !reason.contains("verify")) return without_duration(reason);
    const std::lock_guard lock(verdict().mutex);
    const std::string& why = verdict().text;
    return why.empty() ? std::string(reason) : "the broker's certificate is not accepted: " + why;
}

// "sasl_ssl://host:port/1: SSL handshake failed ..." has its address.  Another one, in the midst, is not a broker's.
std::string_view broker_of(std::string_view reason) {
    const auto begin = reason.find("://");
    if (begin == reason.npos || reason.substr(0, begin).contains(' ')) return {};
    reason.remove_prefix(begin + 3);
    const auto end = reason.find('/');
    return end == reason.npos ? std::string_view() : reason.substr(0, end);
}

// A right is missing: a person gives it, and then the same call works.
bool is_refusal(int code) {
    return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
           code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
           code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
           code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

// A broker does not know us, or we do not know the broker.
bool is_distrust(int code) {
    return code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
           code == RD_KAFKA_RESP_ERR__SSL;
}

void tell(const Refusal& refusal) {
    const std::shared_lock lock(refusals().mutex);
    if (refusals().observer) refusals().observer(refusal);
}

// RD_KAFKA_RESP_ERR_NO_ERROR: it tells of no distrust.
rd_kafka_resp_err_t distrust_in(std::string_view line) {
    if (line.contains("SSL handshake failed")) return RD_KAFKA_RESP_ERR__SSL;
    if (line.contains("SASL authentication error")) return RD_KAFKA_RESP_ERR__AUTHENTICATION;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// On a thread of librdkafka's.  Errors come by a poll alone, and whoever waits for a broker inside a call does not
// poll: so distrust is told here too, as of "[thrd:sasl_ssl://host:port/1]: sasl_ssl://host:port/1: SSL handshake
// failed".  An address to begin at ("/bootstrap") is no broker of the cluster: others may do.
void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    // librdkafka never prints a password or token at these levels; its debug levels might, so `debug` stays off unless
    // the user sets it.
    const log::Level ours = level <= kSyslogError    ? log::Level::kError
                            : level <= kSyslogNotice ? log::Level::kWarning
                                                     : log::Level::kInfo;
    write_line(ours, client, facility, text);
    std::string_view line(text);
    if (std::string_view(facility) != "FAIL" || line.contains("/bootstrap: ")) return;
    const rd_kafka_resp_err_t code = distrust_in(line);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (const auto end = line.find("]: "); end != line.npos) line.remove_prefix(end + 3);
    tell({.distrust = true, .what = reason_of(code, line), .broker = broker_of(line)});
}

// Distrust is told in the words of the client's own report: here they are of a call that failed by it.
void tell_refusal(int code, std::string_view what) {
    if (heard != nullptr) return;
    if (is_refusal(code)) tell({.what = what});
    if (is_distrust(code)) tell({.distrust = true});
}

void hear(int code, std::string_view reason) {
    if (is_distrust(code)) {
        heard->distrust = reason_of(code, reason);
        heard->broker = broker_of(reason);
    } else if (code == RD_KAFKA_RESP_ERR__RESOLVE ||
               (code == RD_KAFKA_RESP_ERR__TRANSPORT && heard->absence != RD_KAFKA_RESP_ERR__RESOLVE)) {
        heard->absence = static_cast<rd_kafka_resp_err_t>(code);
    }
}

void on_error(rd_kafka_t* client, int code, const char* reason, void*) {
    if (heard != nullptr) return hear(code, reason);
    write_line(log::Level::kWarning, client, rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code)), reason);
    if (is_distrust(code))
        tell({.distrust = true, .what = reason_of(code, reason), .broker = broker_of(reason)});
    else
        tell_refusal(code, reason);
}

// Shorter ones are how a broker keeps a busy client at its quota, and only slow us down.
void on_throttle(rd_kafka_t*, const char* broker, std::int32_t, int throttle_ms, void*) {
    if (throttle_ms < kThrottleTold.count() || heard != nullptr) return;
    tell({.what = std::string("the quota is used up: broker ") + broker + " holds our requests back"});
}

// OpenSSL has judged, and that stays; only its reason is kept.  On a thread of librdkafka's.
int on_certificate(rd_kafka_t*, const char*, std::int32_t, int* x509_error, int, const char*, std::size_t, char* text,
                   std::size_t size, void*) {
    if (*x509_error == X509_V_OK) return 1;
    const std::string_view why = X509_verify_cert_error_string(*x509_error);
    text[why.copy(text, size - 1)] = '\0';
    const std::lock_guard lock(verdict().mutex);
    verdict().text = why;
    return 0;
}

struct Statistics {
    std::shared_mutex mutex{};  // held while the observer runs
    Observer observer{};
    std::chrono::milliseconds interval{};
};

Statistics& statistics() {
    static Statistics one;
    return one;
}

int on_statistics(rd_kafka_t*, char* json, std::size_t size, void*) {
    const std::shared_lock lock(statistics().mutex);
    if (statistics().observer) statistics().observer({json, size});
    return 0;  // librdkafka frees the text
}

Status set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    char text[kErrorTextMax];
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK) return {};
    // librdkafka's text repeats the value, which may be a secret.
    return rejected("configuring the kafka client: " + name + ": not accepted");
}

Settings connection_settings(const ClientConfig& config) {
    Settings settings{
        {"bootstrap.servers", config.bootstrap},
        {"client.id", config.client_id},
        {"security.protocol", config.security_protocol},
        {"log.connection.close", "false"},
        {"socket.keepalive.enable", "true"},
        {"reconnect.backoff.ms", "20"},  // half of it is also the least time between two first attempts
        {"reconnect.backoff.max.ms", "2000"},
        // A topic that we may use again is noticed that late: until then librdkafka refuses it by itself.
        {"topic.metadata.refresh.interval.ms", "30000"},
    };
    // A token is asked for with a name and a secret too, at an endpoint that `extra` names.
    const bool oauth = config.sasl_mechanism == "OAUTHBEARER";
    if (oauth) settings.emplace_back("sasl.oauthbearer.method", "oidc");
    const char* name = oauth ? "sasl.oauthbearer.client.id" : "sasl.username";
    const char* password = oauth ? "sasl.oauthbearer.client.secret" : "sasl.password";
    if (!config.sasl_mechanism.empty()) settings.emplace_back("sasl.mechanism", config.sasl_mechanism);
    if (!config.sasl_username.empty()) settings.emplace_back(name, config.sasl_username);
    if (!config.sasl_password.empty()) settings.emplace_back(password, config.sasl_password.reveal());
    if (!config.ssl_ca_location.empty()) settings.emplace_back("ssl.ca.location", config.ssl_ca_location);
    return settings;
}

// What waiting does not heal: a person must change names or sizes, or the process must start anew.  Rights are given
// while we run, so a missing one is waited for.
bool is_lasting(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__FATAL:
        case RD_KAFKA_RESP_ERR__FENCED:
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
        case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
        case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION: return true;
        default: return false;
    }
}

}  // namespace

void Destroy::operator()(rd_kafka_s* client) const {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}
void Destroy::operator()(rd_kafka_conf_s* conf) const { rd_kafka_conf_destroy(conf); }
void Destroy::operator()(rd_kafka_error_s* error) const { rd_kafka_error_destroy(error); }
void Destroy::operator()(rd_kafka_queue_s* queue) const { rd_kafka_queue_destroy(queue); }
void Destroy::operator()(rd_kafka_topic_s* topic) const { rd_kafka_topic_destroy(topic); }
void Destroy::operator()(rd_kafka_topic_partition_list_s* list) const { rd_kafka_topic_partition_list_destroy(list); }

void observe_statistics(Observer observer, std::chrono::milliseconds interval) {
    const std::lock_guard lock(statistics().mutex);
    statistics().observer = std::move(observer);
    statistics().interval = interval;
}

void observe_refusals(RefusalObserver observer) {
    const std::lock_guard lock(refusals().mutex);
    refusals().observer = std::move(observer);
}

Result<Conf> make_conf(const ClientConfig& config, const Settings& defaults, const Settings& fixed) {
    Conf conf(rd_kafka_conf_new());
    rd_kafka_conf_set_log_cb(conf.get(), on_log);
    rd_kafka_conf_set_error_cb(conf.get(), on_error);
    rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), on_certificate);
    rd_kafka_conf_set_throttle_cb(conf.get(), on_throttle);
    const Settings extra(config.extra.begin(), config.extra.end());
    for (const Settings& settings : {connection_settings(config), defaults, extra, fixed}) {
        for (const auto& [name, value] : settings) {
            if (Status status = set(conf.get(), name, value); !status)
                return std::unexpected(std::move(status).error());
        }
    }
    return conf;
}

void tell_statistics(rd_kafka_conf_s* conf) {
    const std::shared_lock lock(statistics().mutex);
    if (!statistics().observer) return;
    rd_kafka_conf_set_stats_cb(conf, on_statistics);
    static_cast<void>(set(conf, "statistics.interval.ms", std::to_string(statistics().interval.count())));
}

Result<Client> make_client(ClientType type, Conf conf) {
    char text[kErrorTextMax];
    const auto kind = type == ClientType::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
    Client client(rd_kafka_new(kind, conf.get(), text, sizeof text));
    if (client == nullptr) return rejected(std::string("starting the kafka client: ") + text);
    (void)conf.release();  // the client owns it now
    return client;
}

namespace {

Error nobody(const Heard& said, rd_kafka_resp_err_t code) {
    if (!said.distrust.empty()) return {.kind = ErrorKind::kRejected, .message = said.distrust};
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    return error_of(said.absence != RD_KAFKA_RESP_ERR_NO_ERROR ? said.absence : code, "finding a broker");
}

// One that distrusts us ends nothing: the others may not, and a token may be had a little later.
Status find_broker(rd_kafka_s* client, std::chrono::milliseconds timeout, const std::stop_token& stop, Heard& said) {
    auto deadline = std::chrono::steady_clock::now() + timeout;
    const Listening listening(said);
    // Each call begins a connection if it may, and waits; a single long one would wait for a timer of a second.
    for (auto wait = kBrokerFirstWait;; wait = std::min(2 * wait, kBrokerWaitMost)) {
        const bool trusted = said.distrust.empty();
        // The cluster's name comes with the list of brokers: only what is asked after that takes a connection that
        // stays.
        char* cluster = rd_kafka_clusterid(client, 0);
        const rd_kafka_metadata_t* metadata = nullptr;
        const auto code =
            rd_kafka_metadata(client, 0, nullptr, &metadata, milliseconds_of(std::min(wait, left_until(deadline))));
        const bool stays = cluster != nullptr;
        rd_kafka_mem_free(client, cluster);
        if (metadata != nullptr) rd_kafka_metadata_destroy(metadata);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR && stays) return {};
        rd_kafka_poll(client, 0);
        if (stop.stop_requested()) return cancelled();
        const auto now = std::chrono::steady_clock::now();
        if (trusted && !said.distrust.empty()) deadline = std::min(deadline, now + kTrustMax);
        if (now >= deadline) return std::unexpected(nobody(said, code));
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) std::this_thread::sleep_for(kBrokerRetryPause);
    }
}

}  // namespace

Status await_broker(rd_kafka_s* client, std::chrono::milliseconds timeout) {
    Heard said;
    Status found = find_broker(client, timeout, {}, said);
    if (found || said.distrust.empty()) return found;
    tell({.distrust = true, .what = said.distrust, .broker = said.broker});
    return transient(std::move(found).error().message);
}

Status look_for_broker(rd_kafka_s* client, std::chrono::milliseconds timeout, const std::stop_token& stop) {
    Heard said;
    return find_broker(client, timeout, stop, said);
}

Error error_of(int code, std::string_view doing, std::string_view detail) {
    const auto err = static_cast<rd_kafka_resp_err_t>(code);
    std::string message(doing);
    message += ": ";
    message += rd_kafka_err2name(err);
    message += ": ";
    message += detail.empty() ? std::string_view(rd_kafka_err2str(err)) : detail;
    tell_refusal(code, message);
    return Error{.kind = is_lasting(err) ? ErrorKind::kRejected : ErrorKind::kTransient, .message = std::move(message)};
}

Error error_of(ClientError error, std::string_view doing) {
    Error out = error_of(rd_kafka_error_code(error.get()), doing, rd_kafka_error_string(error.get()));
    if (rd_kafka_error_is_fatal(error.get()) != 0 && !is_refusal(rd_kafka_error_code(error.get())))
        out.kind = ErrorKind::kRejected;
    return out;
}

std::optional<std::string> fatal_error(rd_kafka_s* client) {
    char text[kErrorTextMax];
    const rd_kafka_resp_err_t code = rd_kafka_fatal_error(client, text, sizeof text);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    return std::string(rd_kafka_err2name(code)) + ": " + text;
}

PartitionList list_of(const std::vector<Partition>& partitions) {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const Partition& partition : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number);
    }
    return list;
}

PartitionList list_of(const Offsets& offsets) {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
    for (const auto& [partition, offset] : offsets) {
        rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number)->offset = offset;
    }
    return list;
}

int milliseconds_of(std::chrono::milliseconds wait) {
    constexpr std::int64_t kMax = std::numeric_limits<int>::max();
    return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, kMax));
}

std::chrono::milliseconds left_until(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds{0});
}

std::optional<std::int64_t> LineFilter::admit(std::string_view subject, Time now) {
    const std::lock_guard lock(mutex_);
    auto state = std::ranges::find(states_, subject, &State::subject);
    if (state == states_.end()) {
        // Forgetting all at the bound may let a line through too early, which does no harm.
        if (states_.size() >= kSubjectsMax) states_.clear();
        states_.push_back({.subject = std::string(subject), .last = now, .held = 0});
        return 0;
    }
    if (now - state->last < kInterval) {
        ++state->held;
        return std::nullopt;
    }
    state->last = now;
    return std::exchange(state->held, 0);
}

}  // namespace shopwire::kafka
