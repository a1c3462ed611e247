#include "services/logistos/client.h"

#include <initializer_list>
#include <utility>

#include "common/core/mask.h"
#include "common/core/optional.h"
#include "common/json/value.h"

namespace shopwire::logistos {
namespace {

using dialect::Failure;
using dialect::FailureClass;

std::string object(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& [name, value] : members) writer.key(name).string(value);
    writer.end_object();
    return writer.take();
}

Failure unreadable(std::string_view operation, const Error& error, bool repeatable) {
    std::string message = std::string(operation) + ": " + error.message;
    return {.error = repeatable ? transient(std::move(message)).error() : ambiguous(std::move(message)).error()};
}

Outcome<TakenOrder> read_taken(std::string_view operation, const std::string& text, bool repeatable) {
    const Result<json::Document> document = json::Document::parse(text);
    if (!document) return std::unexpected(unreadable(operation, document.error(), repeatable));
    json::Reader reader(document->root());
    TakenOrder taken{.id = reader.string_or("id"), .awb = reader.string_or("awb")};
    Status ok = reader.status();
    if (ok && taken.id.empty() && taken.awb.empty()) ok = rejected("the answer names neither an order nor a parcel");
    if (!ok) return std::unexpected(unreadable(operation, ok.error(), repeatable));
    return taken;
}

// The store is not welcome, or we knock at the wrong door: the next order would fare no better, so the connection
// stops.
Failure of_the_store(Failure failure, const Settings& settings) {
    const bool lost = failure.reason == FailureClass::kNotFound;
    if (!lost && failure.reason != FailureClass::kConfig && failure.reason != FailureClass::kAuth) return failure;
    if (lost)
        failure.error.message +=
            "; Logistos does not know the store " + settings.store_url + ", or base_url or trailing_slash is wrong";
    failure.error.kind = ErrorKind::kAuth;
    return failure;
}

}  // namespace

std::string connection_text(const Settings& settings) { return object({{"store_url", settings.store_url}}); }

std::string login_text(const Settings& settings) {
    return object({{"email", settings.seller_email.reveal()}, {"password", settings.seller_password.reveal()}});
}

http::CurlOptions curl_options(const Settings& settings) {
    return {.connect_timeout = settings.connect_timeout, .ca_file = settings.ca_file};
}

dialect::EngineOptions engine_options(const Settings& settings, const std::string& connection) {
    return {.base_url = settings.base_url,
            .secrets = {{"api_token", settings.api_token}},
            .timeout = settings.timeout,
            .client = {.system = "logistos", .connection = connection}};
}

dialect::Call Client::call(std::string_view operation, std::string input, std::stop_token stop) const {
    return {.operation = operation,
            .input = std::move(input),
            .connection = connection_text(settings_),
            .stop = std::move(stop)};
}

Failure Client::explained(Failure failure) const {
    if (failure.reason == FailureClass::kConfig)
        failure.error.message +=
            ": a redirect, which is never followed since a POST loses its body on the way; check base_url and "
            "trailing_slash";
    for (const Secret* secret : {&settings_.consumer_key, &settings_.consumer_secret, &settings_.api_token,
                                 &settings_.seller_password, &settings_.seller_email})
        for (std::string* text : {&failure.error.message, &failure.error.said}) mask(*text, *secret);
    return failure;
}

Outcome<std::string> Client::send(std::string_view operation, std::string input, std::stop_token stop) const {
    Outcome<std::string> answer = engine_.call(call(operation, std::move(input), std::move(stop)));
    if (!answer) return std::unexpected(explained(std::move(answer.error())));
    return answer;
}

bool Client::repeat_is_safe() const {
    const auto found = engine_.dialect().operations.find("export_order");
    return found != engine_.dialect().operations.end() && found->second.idempotent;
}

Outcome<std::string> Client::integrate(std::stop_token stop) const {
    Outcome<std::string> answer = send("integrate_store",
                                       object({{"store_url", settings_.store_url},
                                               {"store_name", settings_.store.name},
                                               {"consumer_key", settings_.consumer_key.reveal()},
                                               {"consumer_secret", settings_.consumer_secret.reveal()}}),
                                       std::move(stop));
    if (answer) return answer;
    Failure failure = of_the_store(std::move(answer.error()), settings_);
    // Refused for whatever reason: a store that is not connected cannot send orders.
    if (failure.error.kind == ErrorKind::kRejected) failure.error.kind = ErrorKind::kAuth;
    return std::unexpected(std::move(failure));
}

Outcome<std::string> Client::disconnect(std::stop_token stop) const {
    return send("disconnect_store", object({{"store_url", settings_.store_url}}), std::move(stop));
}

Outcome<TakenOrder> Client::take(std::string_view operation, const std::string& order, std::stop_token stop) const {
    Outcome<std::string> answer = send(operation, order, std::move(stop));
    if (!answer) return std::unexpected(of_the_store(std::move(answer.error()), settings_));
    return read_taken(operation, *answer, repeat_is_safe());
}

Outcome<TakenOrder> Client::export_order(const std::string& order, std::stop_token stop) const {
    return take("export_order", order, std::move(stop));
}

Outcome<TakenOrder> Client::update_order(const std::string& order, std::stop_token stop) const {
    return take("update_order", order, std::move(stop));
}

Outcome<std::optional<TakenOrder>> Client::find_order(const std::string& order_id, std::stop_token stop) const {
    Outcome<std::string> answer = send("find_order", object({{"order_id", order_id}}), std::move(stop));
    if (!answer) {
        Failure& failure = answer.error();
        if (failure.reason != FailureClass::kNotFound)
            return std::unexpected(of_the_store(std::move(failure), settings_));
        if (!failure.code.empty()) return std::optional<TakenOrder>();
        // A page of the server, not a word of the API: it says nothing about the order.
        failure.error = ambiguous(failure.error.message + ", and no word that the order is not there").error();
        return std::unexpected(std::move(failure));
    }
    Outcome<TakenOrder> taken = read_taken("find_order", *answer, true);
    if (!taken) return std::unexpected(std::move(taken.error()));
    return std::optional<TakenOrder>(*std::move(taken));
}

Outcome<std::string> Client::cancel_order(const std::string& order_id, const std::string& native_id,
                                          std::stop_token stop) const {
    return send("cancel_order", object({{"order_id", order_id}, {"native_id", native_id}}), std::move(stop));
}

Outcome<std::string> Client::sign_in(std::stop_token stop) const {
    const Outcome<std::string> answer = send("login", login_text(settings_), std::move(stop));
    if (!answer) return answer;
    const Result<json::Document> document = json::Document::parse(*answer);
    std::string token(document ? document->root().member("token").text() : std::string_view());
    if (token.empty()) return std::unexpected(Failure{.error = transient("login: the answer has no token").error()});
    return token;
}

// The lock is held while signing in: others wait for the same token, at most one timeout.
Outcome<std::string> Client::token(std::stop_token stop) const {
    const std::scoped_lock lock(mutex_);
    if (!token_.empty() && clock_.monotonic() < token_ends_) return token_.reveal();
    Outcome<std::string> fresh = sign_in(std::move(stop));
    if (!fresh) return fresh;
    token_ = Secret(*fresh);
    token_ends_ = clock_.monotonic() + settings_.token_life;
    return fresh;
}

void Client::forget(const std::string& token) const {
    const std::scoped_lock lock(mutex_);
    if (token_.reveal() == token) token_ = Secret();
}

template <class T, class Ask>
Outcome<T> Client::with_token(std::stop_token stop, const Ask& ask) const {
    for (bool again = true;; again = false) {
        const Outcome<std::string> bearer = token(stop);
        if (!bearer) return std::unexpected(bearer.error());
        Outcome<T> answer = ask(*bearer);
        if (answer) return answer;
        const bool refused = answer.error().reason == FailureClass::kAuth;
        if (refused) forget(*bearer);
        if (refused && again) continue;
        for (std::string* text : {&answer.error().error.message, &answer.error().error.said})
            mask(*text, Secret(*bearer));
        return std::unexpected(explained(std::move(answer.error())));
    }
}

Outcome<std::vector<ListedShipment>> Client::shipments(std::int64_t since_ms, std::stop_token stop) const {
    const auto records = with_token<std::vector<dialect::Record>>(stop, [&](const std::string& bearer) {
        dialect::Call list = call("list_shipments", object({{"token", bearer}}), stop);
        list.since_ms = since_ms;
        return engine_.all(list);
    });
    if (!records) return std::unexpected(records.error());
    std::vector<ListedShipment> out;
    for (const dialect::Record& record : *records) {
        const Result<json::Document> document =
            record.value ? json::Document::parse(*record.value) : std::unexpected(record.value.error());
        if (!document) return std::unexpected(unreadable("list_shipments", document.error(), true));
        json::Reader reader(document->root());
        ListedShipment listed{.awb = reader.string_or("awb"),
                              .store_url = normalize_store(reader.string_or("store_url")),
                              .order_number = reader.string_or("order_number")};
        if (Status ok = reader.status(); !ok) return std::unexpected(unreadable("list_shipments", ok.error(), true));
        out.push_back(std::move(listed));
    }
    return out;
}

Outcome<std::string> Client::track(const std::string& awb, std::stop_token stop) const {
    return with_token<std::string>(stop, [&](const std::string& bearer) {
        return engine_.call(call("track_shipment", object({{"token", bearer}, {"awb", awb}}), stop));
    });
}

std::shared_ptr<Room> open_room(Parsed parsed, const runtime::ConnectionContext& context) {
    auto room = std::make_shared<Room>();
    room->settings = std::move(parsed.settings);
    const Settings& settings = room->settings;
    if (!settings.ca_file.empty() || settings.connect_timeout != Settings{}.connect_timeout)
        room->transport = context.own_transport(curl_options(settings));
    room->engine = std::make_unique<dialect::Engine>(
        taken(parsed.dialect), engine_options(settings, context.merchant + "/" + context.connection),
        room->transport ? *room->transport : context.transport, context.limiter, context.metrics, context.clock);
    room->client = std::make_unique<Client>(*room->engine, settings, context.clock);
    room->connected = settings.integration == "off" || context.dry_run;
    return room;
}

}  // namespace shopwire::logistos
