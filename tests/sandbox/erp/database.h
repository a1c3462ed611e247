// One ERP database: master data, stock, customers and the posted documents, with the look-ups that the wire shapes
// need. It keeps the records and their indexes; the rules for documents are in posting.h. Not thread-safe; the world's
// lock guards it.
#pragma once

#include "tests/sandbox/erp/model.h"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace sandbox::erp {

struct CustomerFilter {
    std::string pib{};
    std::string code{};
    std::string email{};
    std::string phone{};
    std::string name{};
    Microseconds modified_since = 0;
    Microseconds visible_until = 0;  // later rows are not seen yet
};

struct DocumentFilter {
    std::optional<DocumentType> type{};
    std::string external_number{};
    std::optional<Date> date_from{};
    std::optional<Date> date_to{};
    int customer_id = 0;  // 0: any
    Microseconds visible_until = 0;
};

class Database {
 public:
    static constexpr std::size_t kArticlesMax = 200'000;
    static constexpr std::size_t kCustomersMax = 500'000;
    static constexpr std::size_t kDocumentsMax = 1'000'000;
    static constexpr int kFirstArticle = 1204;
    static constexpr int kFirstCustomer = 881;
    static constexpr int kFirstDocument = 55'120;

    Database(int id, std::string name, int year, bool closed)
        : id_{id}, name_{std::move(name)}, year_{year}, closed_{closed} {}

    int id() const { return id_; }
    const std::string& name() const { return name_; }
    int year() const { return year_; }
    bool closed() const { return closed_; }
    void set_closed(bool closed) { closed_ = closed; }

    // Master data. Ids are given in the order of insertion. Pointers are valid until the next insertion.
    Article* add_article(Article article);  // null: full, or the code is taken
    Article* article(int id);
    Article* article_by_code(std::string_view code);
    const std::vector<Article>& articles() const { return articles_; }
    std::vector<Article>& articles() { return articles_; }
    void set_groups(std::vector<Group> groups) { groups_ = std::move(groups); }
    const std::vector<Group>& groups() const { return groups_; }
    const Group* group(int id) const;
    static const std::array<BusinessUnit, kUnitCount>& units();

    Customer* add_customer(Customer customer);  // null: full
    Customer* customer(int id);
    Customer* customer_by_code(std::string_view code);
    const std::vector<Customer>& customers() const { return customers_; }
    std::vector<const Customer*> find_customers(const CustomerFilter& filter) const;

    // Documents, oldest first. The id and the number are given here.
    Document* add_document(Document document);  // null: full
    Document* document(int id);
    const std::vector<Document>& documents() const { return documents_; }
    std::vector<const Document*> find_documents(const DocumentFilter& filter) const;

    void clear();

 private:
    int id_ = 0;
    std::string name_;
    int year_ = 0;
    bool closed_ = false;
    std::vector<Article> articles_;
    std::unordered_map<std::string, int> article_ids_;
    std::vector<Group> groups_;
    std::vector<Customer> customers_;
    std::unordered_map<std::string, int> customer_ids_;
    std::unordered_multimap<std::string, int> customers_by_key_;  // "pib:...", "email:...", "phone:..."
    std::vector<Document> documents_;
    std::unordered_multimap<std::string, int> documents_by_external_number_;
    std::unordered_multimap<int, int> documents_by_customer_;
    std::map<std::tuple<DocumentType, int, int>, int> last_number_;  // by type, unit and year
};

// Whether an open unit number means one of the two business units.
constexpr bool is_unit(int unit) { return unit >= 1 && unit <= kUnitCount; }

}  // namespace sandbox::erp
