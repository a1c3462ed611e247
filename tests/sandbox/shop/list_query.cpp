#include "tests/sandbox/shop/list_query.h"

#include <charconv>

namespace sandbox::shop {

namespace {

std::optional<std::int64_t> integer(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

ApiError out_of_bounds(const std::string& name, const std::string& message) {
    return invalid_param(name, message, "rest_out_of_bounds", nullptr);
}

Outcome<void> read_paging(const kit::Request& request, ListQuery& query) {
    if (const auto* text = request.query_value("per_page")) {
        const auto value = integer(*text);
        if (!value) {
            return std::unexpected(invalid_param("per_page", "per_page is not of type integer.", "rest_invalid_type",
                                                 {{"param", "per_page"}}));
        }
        if (*value < 1 || *value > 100) {
            return std::unexpected(
                out_of_bounds("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)"));
        }
        query.per_page = *value;
    }
    if (const auto* text = request.query_value("page")) {
        const auto value = integer(*text);
        if (!value || *value < 1)
            return std::unexpected(out_of_bounds("page", "page must be greater than or equal to 1"));
        query.page = *value;
    }
    if (const auto* text = request.query_value("offset")) {
        const auto value = integer(*text);
        if (value && *value >= 0) query.offset = value;
    }
    return {};
}

Outcome<void> read_order(const kit::Request& request, const ListRules& rules, ListQuery& query) {
    query.orderby = rules.default_orderby;
    std::string order = rules.default_order;
    if (const auto* text = request.query_value("orderby")) query.orderby = *text;
    if (const auto* text = request.query_value("order")) order = *text;
    const auto known = [](const std::vector<const char*>& values, const std::string& text) {
        return std::ranges::any_of(values, [&](const char* value) { return text == value; });
    };
    if (!known(rules.orderby, query.orderby)) return std::unexpected(not_in_enum("orderby", "orderby", rules.orderby));
    if (order != "asc" && order != "desc") return std::unexpected(not_in_enum("order", "order", {"asc", "desc"}));
    query.ascending = order == "asc";
    const auto* status = request.query_value("status");
    if (status == nullptr || rules.statuses.empty()) return {};
    const auto listed = rules.many_statuses ? kit::split(*status, ',') : std::vector{*status};
    for (std::size_t i = 0; i < listed.size(); ++i) {
        const auto shown = rules.many_statuses ? "status[" + std::to_string(i) + "]" : std::string("status");
        if (!known(rules.statuses, listed[i])) return std::unexpected(not_in_enum("status", shown, rules.statuses));
        if (listed[i] == "any" || listed[i] == "all") return {};
    }
    query.statuses = listed;
    return {};
}

// The five measured cases: local without a zone, UTC by the flag, a zone in the value, and both together, which shifts
// the bound by the site's offset.
std::int64_t bound_of(const kit::ParsedTime& time, bool dates_are_gmt, std::int64_t site_offset) {
    if (time.offset_seconds) {
        const auto utc = time.seconds - *time.offset_seconds;
        return dates_are_gmt ? utc + site_offset : utc;
    }
    return dates_are_gmt ? time.seconds : time.seconds - site_offset;
}

Outcome<void> read_dates(const kit::Request& request, const ShopConfig& config, ListQuery& query) {
    const auto* flag = request.query_value("dates_are_gmt");
    const bool gmt = flag != nullptr && to_bool(Json(*flag));
    const std::pair<const char*, std::optional<std::int64_t>*> fields[] = {{"after", &query.after},
                                                                           {"before", &query.before},
                                                                           {"modified_after", &query.modified_after},
                                                                           {"modified_before", &query.modified_before}};
    for (const auto& [name, bound] : fields) {
        const auto* text = request.query_value(name);
        if (text == nullptr) continue;
        const auto time = kit::parse_time(*text);
        if (!time) return std::unexpected(invalid_param(name, "Invalid date.", "rest_invalid_date", nullptr));
        *bound = bound_of(*time, gmt, config.site_offset_seconds());
    }
    return {};
}

std::string page_url(const kit::Request& request, const ShopConfig& config, std::int64_t page) {
    std::string out = config.home_url + request.path;
    char separator = '?';
    bool placed = false;
    const auto add = [&](const std::string& name, const std::string& value) {
        out += separator + kit::url_encode(name) + "=" + kit::url_encode(value);
        separator = '&';
    };
    for (const auto& [name, value] : request.query) {
        if (name.starts_with("oauth_") || name.starts_with("consumer_")) continue;
        placed |= name == "page";
        add(name, name == "page" ? std::to_string(page) : value);
    }
    if (!placed) add("page", std::to_string(page));
    return out;
}

}  // namespace

bool ListQuery::in_time(std::int64_t created, std::int64_t modified) const {
    return (!after || created > *after) && (!before || created < *before) &&
           (!modified_after || modified > *modified_after) && (!modified_before || modified < *modified_before);
}

std::vector<std::int64_t> id_list(const std::string* text) {
    std::vector<std::int64_t> out;
    if (text == nullptr || text->empty()) return out;
    for (const auto& part : kit::split(*text, ',')) {
        if (const auto id = integer(part)) out.push_back(*id);
    }
    return out;
}

Outcome<ListQuery> parse_list(const kit::Request& request, const ShopConfig& config, const ListRules& rules) {
    ListQuery query;
    if (auto read = read_paging(request, query); !read) return std::unexpected(read.error());
    if (auto read = read_order(request, rules, query); !read) return std::unexpected(read.error());
    if (rules.dates) {
        if (auto read = read_dates(request, config, query); !read) return std::unexpected(read.error());
    }
    query.include = id_list(request.query_value("include"));
    query.exclude = id_list(request.query_value("exclude"));
    if (const auto* search = request.query_value("search")) query.search = kit::lower(*search);
    if (const auto* fields = request.query_value("_fields")) query.fields = *fields;
    return query;
}

kit::Response list_response(const kit::Request& request, const ShopConfig& config, const ListQuery& query,
                            std::size_t total, std::string body) {
    auto response = kit::json_response(200, std::move(body));
    const auto rows = static_cast<std::int64_t>(total);
    const auto pages = (rows + query.per_page - 1) / query.per_page;
    response.headers.emplace_back("X-WP-Total", std::to_string(rows));
    response.headers.emplace_back("X-WP-TotalPages", std::to_string(pages));
    std::string link;
    if (query.page > 1 && pages > 0) {
        link = "<" + page_url(request, config, std::min(query.page - 1, pages)) + ">; rel=\"prev\"";
    }
    if (query.page < pages) {
        link += (link.empty() ? "<" : ", <") + page_url(request, config, query.page + 1) + ">; rel=\"next\"";
    }
    if (!link.empty()) response.headers.emplace_back("Link", link);
    return response;
}

std::string array_of(const std::vector<const std::string*>& texts, const std::string& fields, bool as_asked) {
    const auto cut = as_asked ? fields_as_asked : only_fields;
    std::string out = "[";
    for (const auto* text : texts) {
        if (out.size() > 1) out += ',';
        out += fields.empty() ? *text : wire_text(cut(Json::parse(*text), fields, false));
    }
    return out + "]";
}

}  // namespace sandbox::shop
