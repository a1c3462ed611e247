#include "services/solteq/source.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <unordered_map>

#include "services/solteq/customer.h"

namespace shopwire::solteq {
namespace {

// "<since>\n<start of the pass>\n<page>".  Since stays as it was until the pass ends: all pages are of one query, and
// what changed meanwhile is asked for by the next pass.
struct Position {
    std::int64_t since_ms = 0;
    std::int64_t started_ms = 0;
    std::string page{};
};

Position parse(const std::string& text) {
    Position at;
    const std::size_t first = text.find('\n');
    const std::size_t second = first == std::string::npos ? first : text.find('\n', first + 1);
    if (second == std::string::npos) return at;
    std::from_chars(text.data(), text.data() + first, at.since_ms);
    std::from_chars(text.data() + first + 1, text.data() + second, at.started_ms);
    at.page = text.substr(second + 1);
    return at;
}

runtime::Cursor cursor(const Position& at) {
    return {.text = std::to_string(at.since_ms) + '\n' + std::to_string(at.started_ms) + '\n' + at.page};
}

void count(runtime::Page& page, const dialect::RecordPage& read) {
    page.more = read.more;
    page.rows = static_cast<std::int64_t>(read.records.size());
    page.left = read.left;
}

runtime::Change failed(const dialect::Record& record, Error error) {
    return {.raw = record.raw, .event = std::unexpected(std::move(error))};
}

// Of a record that the dialect refused, or that `read` does.
template <class Read>
auto translated(const dialect::Record& record, const Read& read) -> decltype(read(std::string())) {
    if (!record.value) return std::unexpected(record.value.error());
    return read(*record.value);
}

}  // namespace

Result<runtime::Cursor> cursor_since(std::int64_t since_ms, const runtime::Cursor& current) {
    const Position at = parse(current.text);
    if (current.text.empty() || at.since_ms <= since_ms) return current;
    return cursor({.since_ms = std::max<std::int64_t>(since_ms, 0)});
}

Source::Source(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context)
    : room_(std::move(room)),
      merchant_(context.merchant),
      connection_(context.connection),
      clock_(context.clock),
      echoes_dropped_(context.metrics.counter("shopwire_solteq_customer_echoes_total",
                                              "Changes of customers that were our own writes", context.labels())),
      negative_balances_(context.metrics.gauge("shopwire_solteq_negative_balances",
                                               "Balances below zero in the last pass", context.labels())) {
    for (std::size_t i = 0; i < kSkipNames.size(); ++i) {
        metrics::Labels with_reason = context.labels();
        with_reason.emplace("reason", kSkipNames[i]);
        skipped_[i] = &context.metrics.gauge("shopwire_solteq_campaigns_not_applied",
                                             "Campaigns that one sale price cannot express", with_reason);
    }
}

Result<runtime::Page> Source::read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) {
    if (stream == kProducts || stream == kCustomers) return changed(stream, from, std::move(stop));
    if (stream == kCatalogue) return catalogue(from, std::move(stop));
    if (stream == kCampaigns) return campaigns(from, std::move(stop));
    if (stream == kBalances) return balances(from, std::move(stop));
    return rejected("reading " + std::string(stream) + ": no such stream");
}

events::v1::Source Source::source_of(events::v1::Origin origin, std::int64_t read_started_at_ms,
                                     const std::string& location) const {
    events::v1::Source source;
    source.set_merchant(merchant_);
    source.set_connection(connection_);
    source.set_system("solteq");
    source.set_location(location);
    source.set_origin(origin);
    source.set_observed_at_ms(clock_.now_ms());
    source.set_read_started_at_ms(read_started_at_ms);
    return source;
}

void Source::add_product(runtime::Page& page, const dialect::Record& record, const events::v1::Source& source) const {
    Result<Article> article = translated(record, [&](const std::string& text) { return read_article(text, zone_); });
    if (!article) return page.changes.push_back(failed(record, std::move(article.error())));
    article->kind = room_->product_kind(article->kind);
    page.changes.push_back({.raw = record.raw, .event = product_event(*article, source)});
}

void Source::add_price(runtime::Page& page, const dialect::Record& record, const CampaignBook& book,
                       const events::v1::Source& source) const {
    Result<Article> article = translated(record, [&](const std::string& text) { return read_article(text, zone_); });
    if (!article) return page.changes.push_back(failed(record, std::move(article.error())));
    if (!article->regular || article->goods.sku.empty()) return;  // a model without a price of its own
    const std::optional<Sale> sale = book.sale_of(article->goods, priced_at_ms_);
    page.changes.push_back({.raw = record.raw, .event = price_event(*article, sale, settings_, source)});
}

// An echo of what our sink wrote is no change (contract solteq 3.5).  A reading of `all` repeats what it knows.
void Source::add_customer(runtime::Page& page, const dialect::Record& record, const events::v1::Source& source,
                          bool all) {
    Result<CustomerCard> card = read_customer(record);
    if (!card) return page.changes.push_back(failed(record, std::move(card.error())));
    std::string hash = hash_of(*card);
    std::string agreed = room_->echoes->agreed(card->id);
    if (!all && agreed == hash) return echoes_dropped_.add();
    card->kind = room_->customer_kind(card->kind);
    page.changes.push_back({.raw = record.raw, .event = customer_event(*card, zone_, source)});
    given_.push_back({.id = card->id, .before = std::move(agreed), .hash = std::move(hash)});
}

void Source::settle_customers(const std::string& cursor) {
    if (cursor == given_cursor_)
        for (const GivenCustomer& given : given_) room_->echoes->agree_after(given.id, given.before, given.hash);
    given_.clear();
}

Result<runtime::Page> Source::changed(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) {
    const bool products = stream == kProducts;
    Position at = parse(from.text);
    if (at.page.empty()) at.started_ms = clock_.now_ms();
    Outcome<dialect::RecordPage> read =
        client_.page(products ? "list_products" : "list_customers", at.since_ms, at.page, std::move(stop));
    if (!read) return within("reading " + std::string(stream), std::move(read.error().error));
    const events::v1::Source source = source_of(events::v1::ORIGIN_POLL, at.started_ms);
    runtime::Page page;
    if (!products) settle_customers(from.text);
    const bool all = at.since_ms <= 0;
    for (const dialect::Record& record : read->records)
        products ? add_product(page, record, source) : add_customer(page, record, source, all);
    count(page, *read);
    if (page.more)
        at.page = std::move(read->next);
    else
        at = {.since_ms = at.started_ms - settings_.since_overlap.count()};
    page.next = cursor(at);
    if (!products) given_cursor_ = page.next.text;
    return page;
}

Result<runtime::Page> Source::catalogue(const runtime::Cursor& from, std::stop_token stop) {
    const std::int64_t started = clock_.now_ms();
    Outcome<dialect::RecordPage> read = client_.page("list_products", 0, from.text, std::move(stop));
    if (!read) return within("reading the catalogue", std::move(read.error().error));
    const events::v1::Source source = source_of(events::v1::ORIGIN_SNAPSHOT, started);
    runtime::Page page;
    for (const dialect::Record& record : read->records) add_product(page, record, source);
    count(page, *read);
    if (page.more) page.next.text = std::move(read->next);
    return page;
}

Result<CampaignBook> Source::load_campaigns(std::stop_token stop) {
    std::vector<Campaign> found;
    std::unordered_map<std::string, std::string> parents;
    const bool asked = settings_.discount_source != "product" && client_.can("list_discounts");
    if (asked) {
        const auto records = client_.all("list_discounts", stop);
        if (!records) return within("reading campaigns", records.error().error);
        for (const dialect::Record& record : *records) {
            // A campaign that cannot be read would end its sale everywhere: better no news than wrong ones.
            Result<Campaign> campaign =
                translated(record, [&](const std::string& text) { return read_campaign(text, settings_, zone_); });
            if (!campaign) return std::unexpected(std::move(campaign.error()));
            found.push_back(*std::move(campaign));
        }
    }
    if (asked && settings_.campaign_subcategories && client_.can("list_categories")) {
        const auto records = client_.all("list_categories", std::move(stop));
        if (!records) return within("reading categories", records.error().error);
        for (const dialect::Record& record : *records) {
            Result<Category> category = translated(record, read_category);
            if (!category) return std::unexpected(std::move(category.error()));
            if (!category->parent_id.empty()) parents.insert_or_assign(category->id, category->parent_id);
        }
    }
    CampaignBook book(std::move(found), std::move(parents),
                      CampaignRules{.store_id = settings_.web_store_id,
                                    .subcategories = settings_.campaign_subcategories,
                                    .most_specific = settings_.campaign_precedence == "most_specific",
                                    .discount_source = settings_.discount_source});
    priced_at_ms_ = clock_.now_ms();
    for (std::size_t i = 0; i < kSkipNames.size(); ++i)
        skipped_[i]->set(static_cast<double>(book.skipped(static_cast<Skip>(i))));
    return book;
}

// The price of every product, computed anew from all campaigns: so a campaign that is gone, a product that left its
// group and a percentage of a new price come out right without being noticed one by one.  The next start or end of a
// campaign brings the next pass forward.
Result<runtime::Page> Source::campaigns(const runtime::Cursor& from, std::stop_token stop) {
    if (from.text.empty() || !book_) {
        Result<CampaignBook> loaded = load_campaigns(stop);
        if (!loaded) return std::unexpected(std::move(loaded.error()));
        book_ = *std::move(loaded);
    }
    Outcome<dialect::RecordPage> read = client_.page("list_products", 0, from.text, std::move(stop));
    if (!read) return within("reading prices", std::move(read.error().error));
    const events::v1::Source source = source_of(events::v1::ORIGIN_SNAPSHOT, priced_at_ms_);
    runtime::Page page;
    for (const dialect::Record& record : read->records) add_price(page, record, *book_, source);
    count(page, *read);
    if (page.more) {
        page.next.text = std::move(read->next);
        return page;
    }
    if (const std::optional<std::int64_t> boundary = book_->next_boundary(priced_at_ms_))
        page.again_in = std::chrono::milliseconds(std::max<std::int64_t>(0, *boundary - clock_.now_ms()));
    book_.reset();
    return page;
}

void Source::add_balance(BalancePass& pass, const dialect::Record& record) const {
    const std::string& store = settings_.stores[pass.store];
    Result<BalanceRow> row = translated(record, [&](const std::string& text) { return read_balance(text, zone_); });
    if (!row) return pass.unread.push_back(failed(record, std::move(row.error())));
    if (!row->store_id.empty() && row->store_id != store) return;  // the filter is not known there
    const std::string sku = events::fold_sku(row->sku);
    if (!row->stock_id.empty() && !pass.counted.insert({sku, row->stock_id}).second) return;
    if (row->free.is_negative()) ++pass.negative;
    row->store_id = balance_location(settings_, store, row->stock_id);
    const auto [place, is_new] = pass.places.try_emplace(events::join_key({row->store_id, sku}), pass.rows.size());
    if (is_new) return pass.rows.push_back(*std::move(row));
    BalanceRow& sum = pass.rows[place->second];
    sum.free += row->free;
    sum.reserved += row->reserved;
    sum.modified_at_ms = std::max(sum.modified_at_ms, row->modified_at_ms);
}

// One page of one store; behind the last one all is told, or nothing.
Result<runtime::Page> Source::collect_balances(BalancePass& pass, std::stop_token stop) {
    const std::string& store = settings_.stores[pass.store];
    const std::int64_t now_ms = clock_.now_ms();
    Outcome<dialect::RecordPage> read = client_.balances(store, pass.page, std::move(stop));
    if (!read) return within("store " + store, std::move(read.error().error));
    if (pass.records.size() + read->records.size() + pass.rows.size() + pass.unread.size() > kBalancesMax)
        return rejected("more than " + std::to_string(kBalancesMax) + " rows");
    if (pass.began_ms == 0) pass.began_ms = now_ms;
    const auto before = static_cast<std::int64_t>(pass.records.size());
    if (read->restarted) pass.records.clear();  // those are the first ones again
    std::ranges::move(read->records, std::back_inserter(pass.records));
    const bool last_store = pass.store + 1 == settings_.stores.size();
    runtime::Page page{.more = true, .rows = static_cast<std::int64_t>(pass.records.size()) - before};
    if (last_store) page.left = read->left;  // what the other stores have nobody knows
    pass.page = std::move(read->next);
    if (read->more) return page;
    for (const dialect::Record& record : std::exchange(pass.records, {})) add_balance(pass, record);
    pass.page.clear();
    ++pass.store;
    if (!last_store) return page;
    negative_balances_.set(static_cast<double>(pass.negative));
    runtime::Page told = hand_out(pass);
    told.rows = page.rows;
    return told;
}

runtime::Page Source::hand_out(BalancePass& pass) const {
    const std::size_t end = std::min(pass.given + kSliceRows, pass.rows.size());
    runtime::Page page{.more = end < pass.rows.size(), .rows = 0, .left = 0};
    for (std::size_t i = pass.given; i < end; ++i)
        page.changes.push_back({.raw = {},
                                .event = stock_event(pass.rows[i], source_of(events::v1::ORIGIN_SNAPSHOT, pass.began_ms,
                                                                             pass.rows[i].store_id))});
    pass.given = end;
    if (page.more) return page;
    pass.unread.resize(std::min(pass.unread.size(), kSliceRows));
    std::ranges::move(pass.unread, std::back_inserter(page.changes));
    return page;
}

Result<runtime::Page> Source::balances(const runtime::Cursor& from, std::stop_token stop) {
    Result<runtime::Page> page = balances_.read(from, [&](BalancePass& pass) -> Result<runtime::Page> {
        return pass.store < settings_.stores.size() ? collect_balances(pass, stop) : hand_out(pass);
    });
    if (!page) return within("reading balances", std::move(page.error()));
    return page;
}

}  // namespace shopwire::solteq
