#include "services/solteq/intake.h"

#include <algorithm>

#include "common/core/ids.h"
#include "common/http/digest.h"
#include "services/solteq/customer.h"
#include "services/solteq/translator.h"

namespace shopwire::solteq {
namespace {

using Events = std::vector<events::Event>;

constexpr std::size_t kBatchMax = 1'000;

// "reading a balance: $.sku: expected a SKU" as "/payload/sku: expected a SKU".
std::string with_pointer(const std::string& message) {
    const std::size_t dollar = message.find('$');
    if (dollar == std::string::npos) return "/payload: " + message;
    const std::size_t end = std::min(message.find(':', dollar), message.size());
    std::string pointer = "/payload";
    for (const char c : message.substr(dollar + 1, end - dollar - 1))
        if (c == '.' || c == '[')
            pointer += '/';
        else if (c != ']')
            pointer += c;
    return pointer + message.substr(end);
}

// What the answer says of a batch.
struct Tally {
    std::vector<std::string> taken{};  // ids
    std::int64_t duplicates = 0;
    std::vector<std::pair<std::size_t, std::string>> refused{};
};

std::string answer_body(const Tally& tally, bool batch) {
    json::Writer writer;
    writer.begin_object().key("accepted").number(static_cast<std::int64_t>(tally.taken.size()));
    writer.key("duplicates").number(tally.duplicates).key("refused").begin_array();
    for (const auto& [index, error] : tally.refused)
        writer.string((batch ? "/" + std::to_string(index) : std::string()) + error);
    writer.end_array().end_object();
    return writer.take();
}

// A number that no pass reads is never taken back; one that a pass counts at another place counts twice; that of one
// stock is not its store's.
Status check_balance(const BalanceRow& row, const Settings& settings) {
    if (std::find(settings.stores.begin(), settings.stores.end(), row.store_id) == settings.stores.end())
        return rejected("/payload/store_id: expected one of stores");
    if (settings.balance_scope == "stock" && row.stock_id.empty())
        return rejected("/payload/stock_id: expected a stock");
    if (settings.balance_scope == "store" && !row.stock_id.empty())
        return rejected(
            "/payload/stock_id: expected none, a store's number is that of all its stocks: see balance_scope");
    return {};
}

runtime::Intake::Received refuse(int status, std::string_view kind, std::string_view error) {
    json::Writer writer;
    writer.begin_object().key("error").string(error).end_object();
    return {.status = status, .kind = kind, .body = writer.take()};
}

}  // namespace

bool SeenMessages::contains(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return ids_.contains(id);
}

void SeenMessages::add(const std::vector<std::string>& ids) {
    const std::lock_guard lock(mutex_);
    for (const std::string& id : ids)
        if (ids_.insert(id).second) order_.push_back(id);
    for (; order_.size() > kIdsMax; order_.pop_front()) ids_.erase(order_.front());
}

std::string message_signature(std::string_view body, const Secret& secret) {
    return hex(http::hmac_sha256(secret, body));
}

bool Intake::is_authentic(const http::ServerRequest& request) const {
    constexpr std::string_view kBearer = "Bearer ";
    constexpr std::string_view kAlgorithm = "sha256=";
    const Settings& settings = room_->settings;
    const bool bearer = settings.message_auth == "bearer";
    const std::string* header =
        http::find_header(request.headers, bearer ? "Authorization" : settings.message_signature_header);
    if (header == nullptr) return false;
    std::string_view given = *header;
    if (bearer && !given.starts_with(kBearer)) return false;
    if (bearer) given.remove_prefix(kBearer.size());
    if (!bearer && given.starts_with(kAlgorithm)) given.remove_prefix(kAlgorithm.size());
    bool matches = false;
    for (const Secret& secret : settings.message_secrets) {
        if (bearer) {
            matches |= equal_in_constant_time(secret.reveal(), given);
            continue;
        }
        const std::string digest = http::hmac_sha256(secret, request.body);
        matches |= equal_in_constant_time(hex(digest), given);
        matches |= equal_in_constant_time(http::base64(digest), given);
    }
    return matches;
}

runtime::Intake::Received Intake::receive(const http::ServerRequest& request) {
    if (room_->settings.message_auth == "off") return refuse(404, "no_intake", "this connection takes no messages");
    if (!is_authentic(request)) return refuse(401, "bad_signature", "the message does not authenticate");
    if (request.method != "POST") return refuse(405, "ignored", "expected POST");
    const Result<json::Document> document = json::Document::parse(request.body);
    if (!document) return refuse(400, "bad_body", document.error().message);
    const json::Value root = document->root();
    const bool batch = root.is_array();
    const std::size_t count = batch ? root.size() : 1;
    if (count > kBatchMax) return refuse(400, "bad_body", "more than " + std::to_string(kBatchMax) + " messages");

    Received received{.status = 202};
    Tally tally;
    for (std::size_t i = 0; i < count; ++i) {
        const json::Value message = batch ? root.at(i) : root;
        const std::string id(message.member("messageId").text());
        if (!id.empty() && seen_.contains(id)) {
            ++tally.duplicates;
            continue;
        }
        Result<Events> read_events = read(message);
        if (!read_events) {
            tally.refused.emplace_back(i, read_events.error().message);
            continue;
        }
        tally.taken.push_back(id);
        for (events::Event& event : *read_events) received.changes.push_back({.raw = {}, .event = std::move(event)});
    }
    if (!tally.refused.empty()) {
        received.status = 400;  // what is not refused is taken all the same: sent again, it is a duplicate
        received.kind = "bad_body";
    } else if (tally.taken.empty() && tally.duplicates > 0) {
        received.status = 200;
        received.kind = "duplicate";
    }
    received.body = answer_body(tally, batch);
    received.on_durable = [this, ids = std::move(tally.taken)] { seen_.add(ids); };
    return received;
}

Result<std::vector<events::Event>> Intake::read(const json::Value& message) const {
    constexpr std::int64_t kSchemaVersion = 1;
    if (!message.is_object()) return rejected(": expected an object");
    const auto text = [&message](std::string_view name) { return std::string(message.member(name).text()); };
    if (text("messageId").empty()) return rejected("/messageId: expected text");
    const std::string version = text("schemaVersion");
    if (!version.empty() && version != std::to_string(kSchemaVersion)) return rejected("/schemaVersion: expected 1");
    const std::string& company = room_->settings.company_id;
    if (!company.empty() && text("companyId") != company) return rejected("/companyId: expected " + company);
    if (!message.member("payload").is_object()) return rejected("/payload: expected an object");
    std::int64_t created_at_ms = 0;
    if (const std::string created = text("createdAt"); !created.empty()) {
        const Result<std::int64_t> time = read_time(created, room_->engine->zone());
        if (!time) return rejected("/createdAt: expected a time");
        created_at_ms = *time;
    }
    Result<Events> events = read_payload(text("messageType"), message.member("payload").dump(), created_at_ms);
    if (!events && !events.error().message.starts_with('/')) return rejected(with_pointer(events.error().message));
    return events;
}

// By the same record programs as the pages of the lists.  Messages may overtake each other: the time of a change, or
// that of the message, lets readers drop the older one.
Result<std::vector<events::Event>> Intake::read_payload(std::string_view type, const std::string& payload,
                                                        std::int64_t created_at_ms) const {
    const Settings& settings = room_->settings;
    const dialect::Engine& engine = *room_->engine;
    const dialect::Zone& zone = engine.zone();
    const std::string_view list = type == "product"    ? "list_products"
                                  : type == "balance"  ? "list_balances"
                                  : type == "customer" ? "list_customers"
                                                       : "";
    if (list.empty()) return rejected("/messageType: expected product, balance or customer");
    const Result<std::string> record = engine.record(list, payload);
    if (!record) return std::unexpected(record.error());
    events::v1::Source source;
    Events out;
    if (type == "product") {
        Result<Article> article = read_article(*record, zone);
        if (!article) return std::unexpected(article.error());
        article->kind = room_->product_kind(article->kind);
        out.push_back(product_event(*article, source));
        // A message knows no campaign: where those count, the stream campaigns tells the price.
        if (settings.discount_source == "product" && article->regular && !article->goods.sku.empty()) {
            const CampaignBook book({}, {}, {.discount_source = "product"});
            out.push_back(price_event(*article, book.sale_of(article->goods, created_at_ms), settings, source));
            if (article->modified_at_ms > 0) out.back().mutable_source()->set_modified_at_ms(article->modified_at_ms);
        }
    } else if (type == "balance") {
        const Result<BalanceRow> row = read_balance(*record, zone);
        if (!row) return std::unexpected(row.error());
        if (Status ok = check_balance(*row, settings); !ok) return std::unexpected(std::move(ok.error()));
        source.set_location(balance_location(settings, row->store_id, row->stock_id));
        out.push_back(stock_event(*row, source));
    } else {
        Result<CustomerCard> card = read_customer({.raw = payload, .value = *record});
        if (!card) return std::unexpected(card.error());
        if (room_->echoes->agreed(card->id) == hash_of(*card)) return out;
        card->kind = room_->customer_kind(card->kind);
        out.push_back(customer_event(*card, zone, source));
    }
    for (events::Event& event : out)
        if (event.source().modified_at_ms() == 0 && created_at_ms > 0)
            event.mutable_source()->set_modified_at_ms(created_at_ms);
    return out;
}

}  // namespace shopwire::solteq
