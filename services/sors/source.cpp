#include "services/sors/source.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <unordered_map>

namespace shopwire::sors {
namespace {

// "<database>\n<index of the unit>\n<page>": a pass stays in the database where it began.
struct Position {
    std::string database{};
    std::size_t index = 0;  // of the unit, or of the first row of a slice
    std::string page{};
};

Position parse(const std::string& text) {
    Position position;
    const std::size_t first = text.find('\n');
    const std::size_t second = first == std::string::npos ? first : text.find('\n', first + 1);
    if (second == std::string::npos) return position;
    position.database = text.substr(0, first);
    std::from_chars(text.data() + first + 1, text.data() + second, position.index);
    position.page = text.substr(second + 1);
    return position;
}

runtime::Cursor cursor(const std::string& database, std::size_t index, const std::string& page) {
    return {.text = database + '\n' + std::to_string(index) + '\n' + page};
}

void add_events(std::vector<runtime::Change>& out, const std::string& raw, const StockRow& row,
                const Settings& settings, const events::v1::Source& source) {
    out.push_back({.raw = raw, .event = stock_event(row, source)});
    if (row.price) out.push_back({.raw = raw, .event = price_event(row, settings, source)});
}

}  // namespace

Result<runtime::Page> Source::read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) {
    if (stream == "products") return products(from, std::move(stop));
    if (stream != "stock") return rejected("reading " + std::string(stream) + ": no such stream");
    return settings_.scope == "sum_of_units" ? summed_stock(from, std::move(stop)) : stock(from, std::move(stop));
}

Result<std::string> Source::database_today() const {
    const std::string today = client_.engine().zone().format(clock_.now_ms(), "%Y-%m-%d");
    const DatabasePeriod* period = database_on(settings_, today);
    if (period == nullptr) return rejected("no database is configured for " + today);
    return period->database;
}

events::v1::Source Source::source_of(const std::string& location, std::int64_t read_started_at_ms) const {
    events::v1::Source source;
    source.set_merchant(merchant_);
    source.set_connection(connection_);
    source.set_system("sors");
    source.set_location(location);
    source.set_origin(events::v1::ORIGIN_SNAPSHOT);
    source.set_observed_at_ms(clock_.now_ms());
    source.set_read_started_at_ms(read_started_at_ms);
    return source;
}

Result<runtime::Page> Source::stock(const runtime::Cursor& from, std::stop_token stop) {
    Position at = parse(from.text);
    if (at.database.empty()) {
        Result<std::string> database = database_today();
        if (!database) return within("reading stock", std::move(database.error()));
        at.database = *std::move(database);
    }
    if (at.index >= settings_.units.size())
        return rejected("reading stock: the cursor names a unit that is not configured");
    const std::string& unit = settings_.units[at.index];
    const std::int64_t started = clock_.now_ms();
    Outcome<dialect::RecordPage> read = client_.stock(at.database, unit, at.page, std::move(stop));
    if (!read) return within("reading stock of unit " + unit, std::move(read.error().error));
    const events::v1::Source source = source_of(unit, started);
    runtime::Page page;
    for (const dialect::Record& record : read->records) {
        Result<StockRow> row = record.value ? stock_row(*record.value, settings_, client_.engine().zone())
                                            : std::unexpected(record.value.error());
        if (row && unit != settings_.unit) row->price.reset();  // prices differ by unit: the document unit's count
        if (row)
            add_events(page.changes, record.raw, *row, settings_, source);
        else
            page.changes.push_back({.raw = record.raw,
                                    .event = std::unexpected(std::move(row.error())),
                                    .failed_key = code_of(record.value)});
    }
    page.more = read->more || at.index + 1 < settings_.units.size();
    page.next = read->more ? cursor(at.database, at.index, read->next) : cursor(at.database, at.index + 1, {});
    if (!page.more) page.next = {};
    return page;
}

Status Source::sum_units(std::stop_token stop) {
    const Result<std::string> database = database_today();
    if (!database) return std::unexpected(database.error());
    summed_.clear();
    unread_.clear();
    summed_started_ms_ = clock_.now_ms();
    std::unordered_map<std::string, std::size_t> places;
    for (const std::string& unit : settings_.units) {
        std::string page;
        for (bool more = true; more;) {
            Outcome<dialect::RecordPage> read = client_.stock(*database, unit, page, stop);
            if (!read) return within("unit " + unit, std::move(read.error().error));
            for (const dialect::Record& record : read->records) {
                Result<StockRow> row = record.value ? stock_row(*record.value, settings_, client_.engine().zone())
                                                    : std::unexpected(record.value.error());
                if (!row) {
                    unread_.push_back({.raw = record.raw,
                                       .event = std::unexpected(std::move(row.error())),
                                       .failed_key = code_of(record.value)});
                    continue;
                }
                if (unit != settings_.unit) row->price.reset();  // prices differ by unit: the document unit's count
                const auto [place, is_new] = places.try_emplace(events::fold_sku(row->sku), summed_.size());
                if (is_new) {
                    summed_.push_back(*std::move(row));
                    continue;
                }
                StockRow& sum = summed_[place->second];
                add_quantities(sum, *row);
                if (row->price) sum.price = row->price;
            }
            if (summed_.size() + unread_.size() > kRowsMax)
                return rejected("more than " + std::to_string(kRowsMax) + " rows");
            page = std::move(read->next);
            more = read->more;
        }
    }
    return {};
}

Result<runtime::Page> Source::summed_stock(const runtime::Cursor& from, std::stop_token stop) {
    const std::lock_guard lock(mutex_);
    std::size_t at = parse(from.text).index;
    // A cursor of a pass that this process does not hold starts the pass again: rows that come twice are harmless, gaps
    // are not.
    if (at == 0 || at >= summed_.size()) {
        at = 0;
        if (Status ok = sum_units(std::move(stop)); !ok) return within("summing stock", std::move(ok.error()));
    }
    const events::v1::Source source = source_of(settings_.unit, summed_started_ms_);
    const std::size_t end = std::min(at + kSliceRows, summed_.size());
    runtime::Page page;
    for (std::size_t i = at; i < end; ++i) add_events(page.changes, {}, summed_[i], settings_, source);
    page.more = end < summed_.size();
    if (page.more) {
        page.next = cursor("sum", end, {});
        return page;
    }
    const std::size_t unread = std::min(unread_.size(), kSliceRows);
    std::move(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(unread), std::back_inserter(page.changes));
    if (unread < unread_.size()) page.changes.back().failed_key.clear();  // it stands for those that are not told
    summed_ = {};
    unread_ = {};
    return page;
}

Result<runtime::Page> Source::products(const runtime::Cursor& from, std::stop_token stop) {
    Position at = parse(from.text);
    if (at.database.empty()) {
        Result<std::string> database = database_today();
        if (!database) return within("reading products", std::move(database.error()));
        at.database = *std::move(database);
    }
    const std::int64_t started = clock_.now_ms();
    Outcome<dialect::RecordPage> read = client_.products(at.database, at.page, std::move(stop));
    if (!read) return within("reading products", std::move(read.error().error));
    const events::v1::Source source = source_of({}, started);
    runtime::Page page;
    for (dialect::Record& record : read->records) {
        Result<events::Event> event = record.value ? product_event(*record.value, client_.engine().zone(), source)
                                                   : std::unexpected(record.value.error());
        const std::string failed = event ? std::string() : code_of(record.value);
        page.changes.push_back({.raw = std::move(record.raw), .event = std::move(event), .failed_key = failed});
    }
    page.more = read->more;
    if (page.more) page.next = cursor(at.database, 0, read->next);
    return page;
}

}  // namespace shopwire::sors
