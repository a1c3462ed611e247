#include "services/sors/source.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "services/sors/media.h"

namespace shopwire::sors {
namespace {

using dialect::FailureClass;

runtime::Cursor cursor(const std::string& database, std::size_t index, const std::string& page) {
    return {.text = database + '\n' + std::to_string(index) + '\n' + page};
}

std::vector<events::Event> events_of(const StockRow& row, const Settings& settings, const events::v1::Source& source) {
    std::vector<events::Event> out{stock_event(row, source)};
    if (row.price) out.push_back(price_event(row, settings, source));
    return out;
}

}  // namespace

Source::Source(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context)
    : room_(std::move(room)),
      context_(context),
      clock_(context.clock),
      pictures_left_out_(context.metrics.counter("shopwire_sors_pictures_left_out_total",
                                                 "Pictures that no shop could fetch", context.labels())),
      unknown_values_(context.metrics.counter("shopwire_sors_unknown_values_total",
                                              "Records with a kind or VAT label that is not known", context.labels())) {
}

Result<runtime::Page> Source::read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) {
    using Read = Result<runtime::Page> (Source::*)(const runtime::Cursor&, std::stop_token);
    struct Reading {
        std::string_view stream, needs, needs_too;
        Read read;
    };
    static constexpr Reading kReadings[] = {{kStock, "list_stock", {}, &Source::stock},
                                            {kProducts, "list_products", {}, &Source::products},
                                            {kCustomers, "list_customers", {}, &Source::customers},
                                            {kBalances, "list_customers", "get_customer_debt", &Source::balances}};
    const auto reading = std::ranges::find(kReadings, stream, &Reading::stream);
    if (reading == std::end(kReadings)) return rejected("reading " + std::string(stream) + ": no such stream");
    for (const std::string_view operation : {reading->needs, reading->needs_too})
        if (!operation.empty() && !client_.can(operation))
            return rejected("reading " + std::string(stream) + ": this dialect has no " + std::string(operation) +
                            "; set streams." + std::string(stream) + ".enabled: off");
    return (this->*reading->read)(from, std::move(stop));
}

Result<Source::Position> Source::position(const runtime::Cursor& from) const {
    Position at;
    const std::size_t first = from.text.find('\n');
    const std::size_t second = first == std::string::npos ? first : from.text.find('\n', first + 1);
    if (second != std::string::npos) {
        at.database = from.text.substr(0, first);
        std::from_chars(from.text.data() + first + 1, from.text.data() + second, at.index);
        at.page = from.text.substr(second + 1);
        return at;
    }
    const std::string today = client_.engine().zone().format(clock_.now_ms(), "%Y-%m-%d");
    const DatabasePeriod* period = database_on(settings_, today);
    if (period == nullptr) return rejected("no database is configured for " + today);
    at.database = period->database;
    return at;
}

events::v1::Source Source::source_of(const std::string& location, std::int64_t read_started_at_ms) const {
    events::v1::Source source;
    source.set_merchant(context_.merchant);
    source.set_connection(context_.connection);
    source.set_system("sors");
    source.set_location(location);
    source.set_origin(events::v1::ORIGIN_SNAPSHOT);
    source.set_observed_at_ms(clock_.now_ms());
    source.set_read_started_at_ms(read_started_at_ms);
    return source;
}

Result<runtime::Page> Source::page_of(Outcome<dialect::RecordPage> read, const Position& at,
                                      const Translate& translate) {
    if (!read) return std::unexpected(std::move(read.error().error));
    runtime::Page page;
    for (dialect::Record& record : read->records) {
        Result<Events> made = record.value ? translate(*record.value) : std::unexpected(record.value.error());
        if (made)
            for (events::Event& event : *made) page.changes.push_back({.raw = record.raw, .event = std::move(event)});
        else if (!record.value || made.error().kind == ErrorKind::kRejected)
            page.changes.push_back({.raw = std::move(record.raw),
                                    .event = std::unexpected(std::move(made.error())),
                                    .failed_key = code_of(record.value)});
        else
            return std::unexpected(std::move(made.error()));
    }
    page.more = read->more;
    page.rows = static_cast<std::int64_t>(read->records.size());
    page.left = read->left;
    if (page.more) page.next = cursor(at.database, at.index, read->next);
    return page;
}

// Prices differ by unit: those of the document's unit count.
Result<StockRow> Source::row_of(const std::string& record, const std::string& unit) const {
    Result<StockRow> row = stock_row(record, settings_, client_.engine().zone());
    if (row && unit != settings_.unit) row->price.reset();
    return row;
}

Result<runtime::Page> Source::stock(const runtime::Cursor& from, std::stop_token stop) {
    if (settings_.scope == "sum_of_units") return summed_stock(from, std::move(stop));
    const Result<Position> at = position(from);
    if (!at) return within("reading stock", at.error());
    if (at->index >= settings_.units.size())
        return rejected("reading stock: the cursor names a unit that is not configured");
    const std::string& unit = settings_.units[at->index];
    const events::v1::Source source = source_of(unit, clock_.now_ms());
    Result<runtime::Page> page =
        page_of(client_.stock(at->database, unit, at->page, std::move(stop)), *at, [&](const std::string& record) {
            const Result<StockRow> row = row_of(record, unit);
            return row ? Result<Events>(events_of(*row, settings_, source)) : std::unexpected(row.error());
        });
    if (!page) return within("reading stock of unit " + unit, std::move(page.error()));
    if (at->index + 1 == settings_.units.size()) return page;
    page->left.reset();  // nobody knows what the other units have
    if (page->more) return page;
    page->more = true;
    page->next = cursor(at->database, at->index + 1, {});
    return page;
}

// One page of one unit; behind the last one all is told, or nothing.
Result<runtime::Page> Source::sum_units(SumPass& pass, std::stop_token stop) {
    const Result<Position> at = pass.database.empty() ? position({}) : Position{.database = pass.database};
    if (!at) return std::unexpected(at.error());
    const std::string& unit = settings_.units[pass.unit];
    const std::int64_t now_ms = clock_.now_ms();
    Outcome<dialect::RecordPage> read = client_.stock(at->database, unit, pass.page, std::move(stop));
    const bool restarted = read && read->restarted;
    std::string next = read ? read->next : std::string();
    std::vector<StockRow> rows;
    Result<runtime::Page> page = page_of(std::move(read), *at, [&](const std::string& record) {
        Result<StockRow> row = row_of(record, unit);
        if (!row) return Result<Events>(std::unexpected(row.error()));
        rows.push_back(*std::move(row));
        return Result<Events>(Events{});
    });
    if (!page) return within("unit " + unit, std::move(page.error()));
    if (pass.rows.size() + pass.unread.size() + pass.of_unit.size() + rows.size() > kRowsMax)
        return rejected("more than " + std::to_string(kRowsMax) + " rows");
    if (pass.began_ms == 0) pass.began_ms = now_ms;
    pass.database = at->database;
    const std::size_t before = pass.of_unit.size() + pass.unread_of_unit.size();
    if (restarted) {  // those are the first ones again
        pass.of_unit.clear();
        pass.unread_of_unit.clear();
    }
    std::ranges::move(rows, std::back_inserter(pass.of_unit));
    std::ranges::move(page->changes, std::back_inserter(pass.unread_of_unit));
    const std::size_t after = pass.of_unit.size() + pass.unread_of_unit.size();
    const bool last_unit = pass.unit + 1 == settings_.units.size();
    runtime::Page out{.more = true, .rows = static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before)};
    if (last_unit) out.left = page->left;  // what the other units have nobody knows
    pass.page = std::move(next);
    if (page->more) return out;
    add_unit(pass);
    if (!last_unit) return out;
    runtime::Page told = hand_out(pass);
    told.rows = out.rows;
    return told;
}

void Source::add_unit(SumPass& pass) {
    for (StockRow& row : std::exchange(pass.of_unit, {})) {
        const auto [place, is_new] = pass.places.try_emplace(events::fold_sku(row.sku), pass.rows.size());
        if (is_new) {
            pass.rows.push_back(std::move(row));
            continue;
        }
        StockRow& sum = pass.rows[place->second];
        add_quantities(sum, row);
        if (row.price) sum.price = row.price;
    }
    std::ranges::move(std::exchange(pass.unread_of_unit, {}), std::back_inserter(pass.unread));
    pass.page.clear();
    ++pass.unit;
}

runtime::Page Source::hand_out(SumPass& pass) const {
    const events::v1::Source source = source_of(settings_.unit, pass.began_ms);
    const std::size_t end = std::min(pass.given + kSliceRows, pass.rows.size());
    runtime::Page page{.more = end < pass.rows.size(), .rows = 0, .left = 0};
    for (std::size_t i = pass.given; i < end; ++i)
        for (events::Event& event : events_of(pass.rows[i], settings_, source))
            page.changes.push_back({.event = std::move(event)});
    pass.given = end;
    if (page.more) return page;
    const std::size_t unread = std::min(pass.unread.size(), kSliceRows);
    std::move(pass.unread.begin(), pass.unread.begin() + static_cast<std::ptrdiff_t>(unread),
              std::back_inserter(page.changes));
    // It stands for those that are not told.
    if (unread < pass.unread.size()) page.changes.back().failed_key.clear();
    return page;
}

Result<runtime::Page> Source::summed_stock(const runtime::Cursor& from, std::stop_token stop) {
    const std::lock_guard lock(mutex_);
    Result<runtime::Page> page = sums_.read(from, [&](SumPass& pass) -> Result<runtime::Page> {
        return pass.unit < settings_.units.size() ? sum_units(pass, stop) : hand_out(pass);
    });
    if (!page) return within("summing stock", std::move(page.error()));
    return page;
}

Result<Groups> Source::groups(const std::string& database, std::stop_token stop) const {
    Groups out;
    if (!client_.can("list_product_groups") || settings_.groups != "tree") return out;
    Outcome<std::vector<Group>> read = client_.groups(database, std::move(stop));
    if (!read) return std::unexpected(std::move(read.error().error));
    for (Group& group : *read) out.insert_or_assign(group.id, group);
    return out;
}

// A picture by address is passed on.  Of one that comes as bytes the shop gets an address of ours.
Status Source::add_pictures(events::v1::Product& product, const std::string& database, std::stop_token stop) const {
    if (!settings_.images || !product.active() || !client_.can("list_product_images")) return {};
    const Outcome<std::vector<Picture>> pictures = client_.pictures(database, product.native_id(), std::move(stop));
    if (!pictures) return within("pictures of " + product.sku(), pictures.error().error);
    for (const Picture& picture : *pictures) {
        events::v1::Image image;
        image.set_native_id(picture.id);
        image.set_url(picture.url);
        image.set_position(static_cast<std::int32_t>(picture.position));
        if (image.url().empty()) publish(image, picture, product.native_id(), context_, settings_.media_secret);
        if (image.url().empty())
            pictures_left_out_.add();
        else
            *product.add_images() = std::move(image);
    }
    return {};
}

Result<runtime::Page> Source::products(const runtime::Cursor& from, std::stop_token stop) {
    const Result<Position> at = position(from);
    if (!at) return within("reading products", at.error());
    const Result<Groups> groups = this->groups(at->database, stop);
    if (!groups) return within("reading groups", groups.error());
    const events::v1::Source source = source_of({}, clock_.now_ms());
    Result<runtime::Page> page =
        page_of(client_.products(at->database, at->page, stop), *at, [&](const std::string& record) -> Result<Events> {
            bool unknown = false;
            Result<events::Event> event =
                product_event(record, *groups, settings_, client_.engine().zone(), source, unknown);
            if (!event) return std::unexpected(std::move(event.error()));
            if (unknown) unknown_values_.add();
            if (Status ok = add_pictures(*event->mutable_product(), at->database, stop); !ok)
                return std::unexpected(std::move(ok.error()));
            events::set_content_hash(*event);
            return Events{*std::move(event)};
        });
    if (!page) return within("reading products", std::move(page.error()));
    return page;
}

Result<runtime::Page> Source::customers(const runtime::Cursor& from, std::stop_token stop) {
    const Result<Position> at = position(from);
    if (!at) return within("reading customers", at.error());
    const events::v1::Source source = source_of({}, clock_.now_ms());
    Result<runtime::Page> page = page_of(client_.customer_page(at->database, at->page, std::move(stop)), *at,
                                         [&](const std::string& record) -> Result<Events> {
                                             bool unknown = false;
                                             Result<events::Event> event = customer_event(
                                                 record, at->database, client_.engine().zone(), source, unknown);
                                             if (!event) return std::unexpected(std::move(event.error()));
                                             if (unknown) unknown_values_.add();
                                             return Events{*std::move(event)};
                                         });
    if (!page) return within("reading customers", std::move(page.error()));
    return page;
}

// What companies owe: a consumer pays at once.
Result<runtime::Page> Source::balances(const runtime::Cursor& from, std::stop_token stop) {
    const Result<Position> at = position(from);
    if (!at) return within("reading debts", at.error());
    const events::v1::Source source = source_of({}, clock_.now_ms());
    Result<runtime::Page> page = page_of(
        client_.customer_page(at->database, at->page, stop), *at, [&](const std::string& record) -> Result<Events> {
            const Result<CustomerCard> card = card_of(record);
            if (!card) return std::unexpected(card.error());
            if (!is_company(*card)) return Events{};
            const Outcome<Debt> debt = client_.debt(at->database, *card, stop);
            if (!debt && debt.error().reason == FailureClass::kNotFound) return Events{};  // gone since the page
            if (!debt) return within("debt of " + card->code, debt.error().error);
            return Events{balance_event(*debt, customer_native_id(at->database, *card), settings_, source)};
        });
    if (!page) return within("reading debts", std::move(page.error()));
    return page;
}

}  // namespace shopwire::sors
