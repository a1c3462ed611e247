#include "services/cli/sku_story.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/cli/record_view.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

using events::Command;
using events::CommandResult;
using events::Event;
using events::from_proto;
using internal::v1::DeadLetter;
using internal::v1::Ledger;
using internal::v1::LedgerInput;
using internal::v1::LedgerInputs;
using internal::v1::LedgerLocation;
using internal::v1::LedgerOrder;
using internal::v1::LedgerTarget;
using internal::v1::Parked;

constexpr std::string_view kLedgerPrefix = "s/";

bool concerns(const ArticleRef& article, const LedgerInput& input) {
    return input.merchant() == article.merchant && input.sku() == article.sku;
}

template <class Message>
bool concerns(const ArticleRef& article, const Message& message) {  // a command or a result
    const bool goods = message.field_group() == "stock" || message.field_group() == "price";
    return message.merchant() == article.merchant && goods &&
           (message.cause_key() == article.key() || article.skus.contains(message.key()));
}

bool is_goods_key(const ArticleRef& article, std::string_view key) {
    return std::ranges::any_of(
        article.skus, [&](const std::string& sku) { return key == events::join_key({article.merchant, sku}); });
}

bool is_command_key(const ArticleRef& article, std::string_view key) {
    return key.starts_with(events::join_key({article.merchant}) + "/") &&
           std::ranges::any_of(article.skus,
                               [&](const std::string& sku) { return key.ends_with("/" + events::join_key({sku})); });
}

bool is_about(const ArticleRef& article, const google::protobuf::Message& message, const kafka::Record& record) {
    if (dynamic_cast<const Event*>(&message) != nullptr) return is_goods_key(article, record.key);
    if (const auto* command = dynamic_cast<const Command*>(&message)) return concerns(article, *command);
    if (const auto* result = dynamic_cast<const CommandResult*>(&message)) return concerns(article, *result);
    if (const auto* inputs = dynamic_cast<const LedgerInputs*>(&message))
        return std::ranges::any_of(inputs->inputs(),
                                   [&](const LedgerInput& input) { return concerns(article, input); });
    if (const auto* letter = dynamic_cast<const DeadLetter*>(&message))
        return is_goods_key(article, letter->key()) || is_command_key(article, letter->key());
    if (dynamic_cast<const Ledger*>(&message) != nullptr)
        return record.key == std::string(kLedgerPrefix) + article.key();
    if (const auto* parked = dynamic_cast<const Parked*>(&message)) return is_command_key(article, parked->key());
    return false;
}

std::string numbers_of(bool has_free, const events::v1::Decimal& free, bool has_on_hand,
                       const events::v1::Decimal& on_hand, bool has_reserved, const events::v1::Decimal& reserved) {
    std::string out;
    if (has_free) out += ", free " + decimal_text(free);
    if (has_on_hand) out += ", on hand " + decimal_text(on_hand);
    if (has_reserved) out += ", reserved " + decimal_text(reserved);
    return out.empty() ? "no number" : out.substr(2);
}

template <class Message>
std::string numbers_of(const Message& stock) {
    return numbers_of(stock.has_free(), stock.free(), stock.has_on_hand(), stock.on_hand(), stock.has_reserved(),
                      stock.reserved());
}

void add_event(Story& story, const kafka::Record& record, const Event& event) {
    const events::v1::Source& source = event.source();
    Hop hop = hop_of(record, source.observed_at_ms(), "seen",
                     source.connection() + (source.location().empty() ? "" : "/" + source.location()));
    hop.outcome = word_of(source.origin());
    if (event.has_stock())
        hop.what = numbers_of(event.stock());
    else if (event.has_price())
        hop.what = fmt::format("price {} {}", decimal_text(event.price().regular()), event.price().currency());
    else if (event.has_product())
        hop.what = "article, " + event.product().status();
    else if (event.has_deleted())
        hop.what = event.deleted().entity() + " gone";
    story.hops.push_back(std::move(hop));
}

void add_inputs(Story& story, const ArticleRef& article, const kafka::Record& record, const LedgerInputs& inputs) {
    for (const LedgerInput& input : inputs.inputs()) {
        if (!concerns(article, input) || (!input.has_claim() && !input.has_confirmation())) continue;
        Hop hop = hop_of(record, 0, "stock", "");
        hop.trace = input.traceparent();
        if (input.has_claim()) {
            const LedgerOrder& order = input.claim().order();
            const Decimal quantity = from_proto(order.quantity());
            hop.at_ms = order.known_at_ms();
            hop.at = order.connection();
            hop.what = fmt::format("order {} takes {}", order.native_id(),
                                   quantity.is_zero() ? "nothing" : count_text(quantity, "piece"));
        } else {
            hop.at_ms = input.confirmation().confirmed_at_ms();
            hop.at = input.confirmation().connection();
            hop.what = fmt::format("order {}: in a document of the owner: {}", input.confirmation().native_id(),
                                   count_text(from_proto(input.confirmation().quantity()), "piece"));
        }
        story.hops.push_back(std::move(hop));
    }
}

void add(Story& story, const ArticleRef& article, const kafka::Record& record, Personal personal) {
    const auto message = message_of(record);
    if (const auto* event = dynamic_cast<const Event*>(message.get())) add_event(story, record, *event);
    if (const auto* command = dynamic_cast<const Command*>(message.get()))
        story.hops.push_back(hop_of(record, *command, personal));
    if (const auto* result = dynamic_cast<const CommandResult*>(message.get()))
        story.hops.push_back(hop_of(record, *result, personal));
    if (const auto* letter = dynamic_cast<const DeadLetter*>(message.get()))
        story.hops.push_back(hop_of(record, *letter, personal));
    if (const auto* inputs = dynamic_cast<const LedgerInputs*>(message.get()))
        add_inputs(story, article, record, *inputs);
    if (const auto* parked = dynamic_cast<const Parked*>(message.get()))
        story.hops.push_back(hop_of(record, *parked, personal));
}

Decimal subtracted(const LedgerOrder& order) {
    return std::max(Decimal(), from_proto(order.quantity()) - from_proto(order.released_quantity()));
}

bool counts(const StockRule& rule, const LedgerLocation& location) {
    return (rule.owner.empty() || location.connection() == rule.owner) &&
           (rule.locations.empty() || std::ranges::find(rule.locations, location.location()) != rule.locations.end());
}

// nullopt: the owner does not tell it.
std::optional<Decimal> number_of(const StockRule& rule, const LedgerLocation& location) {
    if (location.gone()) return Decimal();
    if (rule.on_hand) return location.has_on_hand() ? std::optional(from_proto(location.on_hand())) : std::nullopt;
    if (location.has_free()) return from_proto(location.free());
    if (!location.has_on_hand() || !location.has_reserved()) return std::nullopt;
    return from_proto(location.on_hand()) - from_proto(location.reserved());
}

struct Sum {
    std::optional<Decimal> owner{};
    Decimal orders{};
    int order_count = 0;
};

Sum sum_of(const Ledger& ledger, const StockRule& rule) {
    Sum sum;
    bool known = true;
    for (const LedgerLocation& location : ledger.locations()) {
        if (!counts(rule, location)) continue;
        const std::optional<Decimal> number = number_of(rule, location);
        known = known && number;
        sum.owner = sum.owner.value_or(Decimal()) + number.value_or(Decimal());
    }
    if (!known) sum.owner.reset();
    for (const LedgerOrder& order : ledger.orders()) {
        if ((!rule.owner.empty() && order.owner() != rule.owner) || subtracted(order).is_zero()) continue;
        sum.orders += subtracted(order);
        ++sum.order_count;
    }
    return sum;
}

void add_ledger(Story& story, const Ledger& ledger) {
    for (const LedgerLocation& location : ledger.locations())
        story.facts.push_back(fmt::format("owner {}{}: {}, read {}", location.connection(),
                                          location.location().empty() ? "" : "/" + location.location(),
                                          location.gone() ? "the article is gone" : numbers_of(location),
                                          time_text(location.read_started_at_ms())));
    for (const LedgerOrder& order : ledger.orders()) {
        const Decimal pieces = subtracted(order);
        if (pieces.is_zero()) continue;
        story.facts.push_back(fmt::format(
            "order {}/{}: {} subtracted since {}; {}", order.connection(), order.native_id(),
            count_text(pieces, "piece"), time_text(order.since_ms() != 0 ? order.since_ms() : order.known_at_ms()),
            order.confirmed_at_ms() == 0 ? "no document that moves the owner's number yet"
                                         : "its document is there since " + time_text(order.confirmed_at_ms()) +
                                               ", and the owner has not been read since"));
    }
}

// What the target answered to this number; empty: it shows it.
std::string doubt_of(const std::vector<kafka::Record>& records, const LedgerTarget& target, Personal personal) {
    std::string doubt = ", and has not answered yet";
    for (const kafka::Record& record : records) {
        const auto message = message_of(record);
        const auto* result = dynamic_cast<const CommandResult*>(message.get());
        if (result == nullptr || result->connection() != target.connection() || result->field_group() != "stock" ||
            result->sequence() != target.sequence())
            continue;
        const bool shows =
            result->outcome() == commands::v1::OUTCOME_APPLIED || result->outcome() == commands::v1::OUTCOME_UNCHANGED;
        doubt = shows ? ""
                      : fmt::format(", and answered {}{}", word_of(result->outcome()),
                                    result->error().empty() ? "" : ": " + free_text(result->error(), personal));
    }
    return doubt;
}

// What the target told of itself since, when it is another number.
std::string differing(const std::vector<kafka::Record>& records, const LedgerTarget& target) {
    std::string out;
    std::int64_t newest_ms = target.published_at_ms();
    for (const kafka::Record& record : records) {
        const auto message = message_of(record);
        const auto* event = dynamic_cast<const Event*>(message.get());
        if (event == nullptr || !event->has_stock() || event->source().connection() != target.connection()) continue;
        if (event->source().observed_at_ms() <= newest_ms) continue;
        newest_ms = event->source().observed_at_ms();
        const auto& shown = event->stock().has_free() ? event->stock().free() : event->stock().on_hand();
        const bool same = target.has_published() && shown.micros() == target.published().micros();
        out = same ? "" : fmt::format("; it told {} itself at {}", decimal_text(shown), time_text(newest_ms));
    }
    return out;
}

// "shop shows 5: 8 free at erp - 2 taken by 1 order that erp does not count yet - 1 held back (buffer)"
std::string sentence(const ArticleRef& article, const Ledger& ledger, const LedgerTarget& target,
                     const std::vector<kafka::Record>& records, Personal personal) {
    const auto found = std::ranges::find(article.rules, target.connection(), &StockRule::to);
    StockRule rule = found != article.rules.end() ? *found : StockRule{};
    if (rule.owner.empty() && !ledger.locations().empty()) rule.owner = ledger.locations(0).connection();
    const Sum sum = sum_of(ledger, rule);
    const bool told = target.has_published();
    const Decimal published = from_proto(target.published());
    std::string out = target.connection();
    if (!told)
        out += ": its number is to be sent again";
    else if (const std::string doubt = doubt_of(records, target, personal); doubt.empty())
        out += " shows " + published.text();
    else
        out += " was told " + published.text() + doubt;
    if (!sum.owner) return out + "; " + rule.owner + " does not tell the number that counts";
    const Decimal left = *sum.owner - sum.orders;
    const bool guessed = found == article.rules.end();
    const Decimal buffer = guessed ? (told ? std::max(Decimal(), left - published) : Decimal()) : rule.buffer;
    const Decimal sellable = std::max(Decimal(), left - buffer);
    out += fmt::format(": {} {} at {}", sum.owner->text(), rule.on_hand ? "on hand" : "free", rule.owner);
    if (!sum.orders.is_zero())
        out += fmt::format(" - {} taken by {} that {} does not count yet", sum.orders.text(),
                           count_text(sum.order_count, "order"), rule.owner);
    if (!buffer.is_zero())
        out += fmt::format(" - {} held back{}", buffer.text(), guessed ? " (buffer, by the difference)" : " (buffer)");
    if (sum.orders.is_zero() && buffer.is_zero()) out += ", and nothing to subtract";
    if (left != *sum.owner || !buffer.is_zero()) out += " = " + sellable.text();
    if (told && published != sellable) out += ", which is to be sent";
    return out + differing(records, target);
}

}  // namespace

std::string ArticleRef::key() const { return events::join_key({merchant, sku}); }

std::vector<StockRule> stock_rules(const config::Merchant& merchant) {
    std::vector<StockRule> rules;
    for (const config::Node& node : merchant.routing.member("stock").items()) {
        config::Problems problems;  // the router names them; here they cost a part of the answer
        StockRule rule{.owner = node.member("owner").scalar(),
                       .to = node.member("to").scalar(),
                       .on_hand = node.member("mode").scalar() == "on_hand"};
        for (const config::Node& location : node.member("locations").items())
            rule.locations.push_back(location.scalar());
        if (!node.member("buffer").is_null()) config::read(node.member("buffer"), rule.buffer, problems);
        if (problems.empty()) rules.push_back(std::move(rule));
    }
    return rules;
}

ArticleRef article_of(const std::string& merchant, const std::string& sku, const config::Merchant* file) {
    const std::string folded = events::fold_sku(sku);
    ArticleRef article{.merchant = merchant, .sku = folded, .skus = {folded}};
    if (file == nullptr) return article;
    article.rules = stock_rules(*file);
    const auto connections = file->routing.member("sku_aliases").members();
    for (const auto& [connection, aliases] : connections)
        for (const auto& [own, meant] : aliases.members())
            if (events::fold_sku(own) == folded) article.sku = events::fold_sku(meant.scalar());
    for (const auto& [connection, aliases] : connections)
        for (const auto& [own, meant] : aliases.members())
            if (events::fold_sku(meant.scalar()) == article.sku) article.skus.insert(events::fold_sku(own));
    article.skus.insert(article.sku);
    return article;
}

bool is_about(const ArticleRef& article, const kafka::Record& record) {
    const auto message = message_of(record);
    return message && is_about(article, *message, record);
}

Story sku_story(const ArticleRef& article, const std::vector<kafka::Record>& records, Personal personal,
                std::int64_t now_ms) {
    Story story{.title = fmt::format("SKU {} of {}", article.sku, article.merchant)};
    for (const kafka::Record& record : records) {
        add(story, article, record, personal);
        const auto message = message_of(record);
        const auto* ledger = dynamic_cast<const Ledger*>(message.get());
        if (ledger == nullptr) continue;
        add_ledger(story, *ledger);
        for (const LedgerTarget& target : ledger->targets())
            story.answer += fmt::format("{}{} (sent {})", story.answer.empty() ? "" : "; ",
                                        sentence(article, *ledger, target, records, personal),
                                        ago_text(target.published_at_ms(), now_ms));
    }
    sort_by_time(story);
    story.found = !story.hops.empty() || !story.facts.empty();
    if (story.answer.empty())
        story.answer = story.found ? "No shop was told a number of this article: its owner has not told one, or no "
                                     "stock route leads to a shop"
                                   : "Nothing is known of this article";
    story.answer += ".";
    return story;
}

}  // namespace shopwire::cli
