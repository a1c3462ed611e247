#include "tests/sandbox/erp/database.h"

#include <algorithm>

namespace sandbox::erp {
namespace {

std::string lower_ascii(std::string_view text) {
    std::string lower{text};
    for (char& letter : lower) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return lower;
}

std::string digits_of(std::string_view text) {
    std::string digits;
    std::ranges::copy_if(text, std::back_inserter(digits), [](char letter) { return letter >= '0' && letter <= '9'; });
    return digits;
}

template <typename Row>
Row* at_id(std::vector<Row>& rows, int id, int first) {
    const int index = id - first;
    return index >= 0 && index < static_cast<int>(rows.size()) ? &rows[static_cast<std::size_t>(index)] : nullptr;
}

bool matches(const Customer& customer, const CustomerFilter& filter) {
    return customer.created <= filter.visible_until && customer.modified >= filter.modified_since &&
           (filter.pib.empty() || customer.pib == filter.pib) &&
           (filter.code.empty() || customer.code == filter.code) &&
           (filter.email.empty() || lower_ascii(customer.email) == lower_ascii(filter.email)) &&
           (filter.phone.empty() || digits_of(customer.phone) == digits_of(filter.phone)) &&
           (filter.name.empty() || lower_ascii(customer.name).contains(lower_ascii(filter.name)));
}

bool matches(const Document& document, const DocumentFilter& filter) {
    return document.created <= filter.visible_until && (!filter.type || document.type == *filter.type) &&
           (filter.external_number.empty() || document.external_number == filter.external_number) &&
           (!filter.date_from || document.date >= *filter.date_from) &&
           (!filter.date_to || document.date <= *filter.date_to) &&
           (filter.customer_id == 0 || document.customer_id == filter.customer_id);
}

// The rows with these ids that pass the filter, in the order of their ids: an index gives them in any order.
template <typename Row, typename Index, typename Key, typename Filter>
std::vector<const Row*> pick(const std::vector<Row>& rows, const Index& index, const Key& key, int first,
                             const Filter& filter) {
    std::vector<const Row*> found;
    const auto [begin, end] = index.equal_range(key);
    for (auto entry = begin; entry != end; ++entry) {
        const Row& row = rows[static_cast<std::size_t>(entry->second - first)];
        if (matches(row, filter)) found.push_back(&row);
    }
    std::ranges::sort(found);
    return found;
}

template <typename Row, typename Filter>
std::vector<const Row*> scan(const std::vector<Row>& rows, const Filter& filter) {
    std::vector<const Row*> found;
    for (const Row& row : rows) {
        if (matches(row, filter)) found.push_back(&row);
    }
    return found;
}

}  // namespace

const std::array<BusinessUnit, kUnitCount>& Database::units() {
    static const std::array<BusinessUnit, kUnitCount> kUnits{
        BusinessUnit{.id = 1,
                     .code = "01",
                     .name = "Magacin veleprodaje",
                     .retail = false,
                     .address = "Bulevar 1",
                     .city = "Novi Sad"},
        BusinessUnit{
            .id = 2, .code = "02", .name = "Prodavnica", .retail = true, .address = "Trg 2", .city = "Novi Sad"}};
    return kUnits;
}

Article* Database::add_article(Article article) {
    if (articles_.size() >= kArticlesMax || article_ids_.contains(article.code)) return nullptr;
    article.id = kFirstArticle + static_cast<int>(articles_.size());
    article_ids_.emplace(article.code, article.id);
    return &articles_.emplace_back(std::move(article));
}

Article* Database::article(int id) { return at_id(articles_, id, kFirstArticle); }

Article* Database::article_by_code(std::string_view code) {
    const auto found = article_ids_.find(std::string{code});
    return found == article_ids_.end() ? nullptr : article(found->second);
}

const Group* Database::group(int id) const {
    const auto found = std::ranges::find(groups_, id, &Group::id);
    return found == groups_.end() ? nullptr : &*found;
}

Customer* Database::add_customer(Customer customer) {
    if (customers_.size() >= kCustomersMax) return nullptr;
    customer.id = kFirstCustomer + static_cast<int>(customers_.size());
    std::string digits = std::to_string(customer.id);
    digits.insert(0, digits.size() < 4 ? 4 - digits.size() : 0, '0');
    customer.code = "K-" + digits;
    customer_ids_.emplace(customer.code, customer.id);
    if (!customer.pib.empty()) customers_by_key_.emplace("pib:" + customer.pib, customer.id);
    if (!customer.email.empty()) customers_by_key_.emplace("email:" + lower_ascii(customer.email), customer.id);
    if (!customer.phone.empty()) customers_by_key_.emplace("phone:" + digits_of(customer.phone), customer.id);
    return &customers_.emplace_back(std::move(customer));
}

Customer* Database::customer(int id) { return at_id(customers_, id, kFirstCustomer); }

Customer* Database::customer_by_code(std::string_view code) {
    const auto found = customer_ids_.find(std::string{code});
    return found == customer_ids_.end() ? nullptr : customer(found->second);
}

std::vector<const Customer*> Database::find_customers(const CustomerFilter& filter) const {
    if (!filter.code.empty()) return pick(customers_, customer_ids_, filter.code, kFirstCustomer, filter);
    if (!filter.pib.empty()) return pick(customers_, customers_by_key_, "pib:" + filter.pib, kFirstCustomer, filter);
    if (!filter.email.empty()) {
        return pick(customers_, customers_by_key_, "email:" + lower_ascii(filter.email), kFirstCustomer, filter);
    }
    if (!filter.phone.empty()) {
        return pick(customers_, customers_by_key_, "phone:" + digits_of(filter.phone), kFirstCustomer, filter);
    }
    return scan(customers_, filter);
}

Document* Database::add_document(Document document) {
    if (documents_.size() >= kDocumentsMax) return nullptr;
    document.id = kFirstDocument + static_cast<int>(documents_.size());
    document.number = ++last_number_[{document.type, document.unit, static_cast<int>(document.date.year())}];
    if (!document.external_number.empty()) documents_by_external_number_.emplace(document.external_number, document.id);
    documents_by_customer_.emplace(document.customer_id, document.id);
    return &documents_.emplace_back(std::move(document));
}

Document* Database::document(int id) { return at_id(documents_, id, kFirstDocument); }

std::vector<const Document*> Database::find_documents(const DocumentFilter& filter) const {
    if (!filter.external_number.empty()) {
        return pick(documents_, documents_by_external_number_, filter.external_number, kFirstDocument, filter);
    }
    if (filter.customer_id != 0)
        return pick(documents_, documents_by_customer_, filter.customer_id, kFirstDocument, filter);
    return scan(documents_, filter);
}

void Database::clear() { *this = Database{id_, name_, year_, closed_}; }

}  // namespace sandbox::erp
