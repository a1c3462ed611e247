#include "tests/sandbox/solteq/listing.h"

#include <charconv>
#include <functional>

namespace sandbox::solteq {
namespace {

constexpr int kSizeDefault = 100;
constexpr int kSizeMax = 1000;

int number_of(const kit::Request& request, const char* name, int fallback) {
    const std::string* text = request.query_value(name);
    int value = fallback;
    if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

std::size_t size_of(const kit::Request& request) {
    return static_cast<std::size_t>(std::clamp(number_of(request, "pageSize", kSizeDefault), 1, kSizeMax));
}

// All parameters but the token: they must stay as they were.
std::string fingerprint(const kit::Request& request) {
    std::string text = request.path;
    for (const auto& [name, value] : request.query) {
        if (name != "continuationToken") text += "&" + name + "=" + value;
    }
    return std::to_string(std::hash<std::string>{}(text));
}

// As those of the database behind it: JSON in JSON, with every character that a careless client spoils.
std::string make_token(const World& world, const kit::Request& request, std::size_t offset, int page) {
    Json token{{"token", "+RID:~8pVTAL5+sQ==#RT:" + std::to_string(page) + "#TRC:" + std::to_string(offset) +
                             "&ISV:2%20=?/\\ \"ä\""},
               {"range", {{"min", ""}, {"max", "FF"}}},
               {"query", fingerprint(request)},
               {"number", world.page_tokens},
               {"offset", offset},
               {"page", page}};
    const std::size_t length = token.dump().size();
    const auto wanted = static_cast<std::size_t>(world.settings.page_token_bytes);
    if (wanted > length) token["filler"] = std::string(wanted - length, '+');
    return token.dump();
}

Json slice(const std::vector<Json>& rows, std::size_t from, std::size_t to) {
    Json out = Json::array();
    for (std::size_t i = from; i < std::min(to, rows.size()); ++i) out.push_back(rows[i]);
    return out;
}

}  // namespace

Outcome<Json> token_page(World& world, const std::vector<Json>& rows, const kit::Request& request,
                         const std::optional<std::string>& token, const char* member) {
    std::size_t offset = 0;
    int page = 0;
    if (token) {
        const Json read = Json::parse(*token, nullptr, false);
        if (!read.is_object() || !read.contains("offset")) return refuse("continuationToken", "Cannot be read");
        if (read.value("number", 0) != world.page_tokens) return refuse("continuationToken", "Has ended");
        if (read.value("query", "") != fingerprint(request))
            return refuse("continuationToken", "Was given for another query");
        offset = read.value("offset", std::size_t{0});
        page = read.value("page", 0);
    }
    const int every = world.settings.empty_page_every;
    const bool empty = every > 0 && page % every == every - 1 && offset < rows.size();
    const std::size_t end = empty ? offset : offset + size_of(request);
    ++world.pages_served;
    Json body{{member, slice(rows, offset, end)}, {"continuationToken", nullptr}};
    if (end < rows.size()) body["continuationToken"] = make_token(world, request, end, page + 1);
    return body;
}

Outcome<Json> number_page(World& world, const std::vector<Json>& rows, const kit::Request& request) {
    const int page = number_of(request, "page", 1);
    if (page < 1) return refuse("page", "Begins at 1");
    const std::size_t size = size_of(request);
    const std::size_t from = static_cast<std::size_t>(page - 1) * size;
    ++world.pages_served;
    return Json{{"items", slice(rows, from, from + size)}, {"page", page}, {"pageSize", size}, {"total", rows.size()}};
}

}  // namespace sandbox::solteq
