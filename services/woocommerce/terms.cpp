#include "services/woocommerce/terms.h"

#include "common/events/codec.h"
#include "services/woocommerce/config.h"
#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

using namespace std::chrono_literals;

constexpr auto kAge = 10min;
constexpr int kPagesMax = 100;

std::string parent_of(json::Value category) {
    const std::string parent(category.member("parent").text());
    return parent == "0" ? std::string() : parent;
}

std::string folded(std::string_view name) { return events::fold_sku(unescape_html(name)); }

}  // namespace

Status Terms::read_categories(std::stop_token stop) {
    bool more = true;
    for (int number = 1; more; ++number) {
        if (number > kPagesMax) return rejected("reading categories: more than 10000");
        const Result<json::Document> page = client_.categories(number, stop);
        if (!page) return std::unexpected(page.error());
        for (std::size_t i = 0; i < page->root().size(); ++i) {
            const json::Value row = page->root().at(i);
            // Of two with one name under one parent the older is taken.
            categories_.try_emplace({parent_of(row), folded(row.member("name").text())}, row.member("id").text());
        }
        more = std::cmp_equal(page->root().size(), kPageMax);
    }
    return {};
}

Status Terms::refresh(std::stop_token stop) {
    if (known_ && clock_.monotonic() - read_at_ < kAge) return {};
    known_ = false;
    categories_.clear();
    attributes_.clear();
    if (Status ok = read_categories(stop); !ok) return ok;
    const Result<json::Document> rows = client_.attributes(stop);
    if (!rows) return std::unexpected(rows.error());
    for (std::size_t i = 0; i < rows->root().size(); ++i) {
        const json::Value row = rows->root().at(i);
        attributes_.try_emplace(folded(row.member("name").text()), row.member("id").text());
    }
    read_at_ = clock_.monotonic();
    known_ = true;
    return {};
}

Result<std::string> Terms::category(const std::string& parent_id, const std::string& name, bool make,
                                    std::stop_token stop) {
    const std::lock_guard lock(mutex_);
    if (Status ok = refresh(stop); !ok) return std::unexpected(std::move(ok).error());
    const std::pair<std::string, std::string> key{parent_id, folded(name)};
    if (const auto found = categories_.find(key); found != categories_.end()) return found->second;
    if (!make) return std::string();
    json::Writer body;
    body.begin_object().key("name").string(name);
    if (!parent_id.empty()) body.key("parent").number_text(parent_id);
    const Coded made = client_.create_category(body.end_object().take(), stop);
    // Made by somebody else since the list was read; the shop says which it is.
    const bool exists = !made && made.error().code == "term_exists" && !made.error().resource_id.empty();
    if (!made && !exists) return within("making a category", made.error().error);
    std::string id = exists ? made.error().resource_id : std::string(made->root().member("id").text());
    if (id.empty()) {
        known_ = false;  // it may have been made: the next attempt reads the list
        return transient("making a category: the answer does not show it");
    }
    return categories_[key] = std::move(id);
}

Result<std::string> Terms::attribute(const std::string& name, std::stop_token stop) {
    const std::lock_guard lock(mutex_);
    if (Status ok = refresh(std::move(stop)); !ok) return std::unexpected(std::move(ok).error());
    const auto found = attributes_.find(folded(name));
    return found == attributes_.end() ? std::string() : found->second;
}

void Terms::forget() {
    const std::lock_guard lock(mutex_);
    known_ = false;
}

}  // namespace shopwire::woocommerce
