-- The columns of a run of the policy "customer_value", written by hand for DuckDB: the yardstick.
--
-- One pass per table: lines to orders to customers, invoices and settlements to items to customers.
-- It knows this company: every line that needs a cost brings one, and no customer has a parent; neither
-- is looked for. Everything else is the policy's rules, with exact decimals throughout.


WITH orders AS (
    SELECT customer_code,
           CASE WHEN line_type = 'return' THEN coalesce(linked_order, order_number) ELSE order_number END AS order_key,
           min(order_date) FILTER (line_type IN ('sale', 'service') AND base_amount > 0) AS ordered_on,
           sum(base_amount) FILTER (line_type IN ('sale', 'service', 'return')) AS goods,
           count(*) FILTER (line_type <> 'freight') AS lines,
           count(*) FILTER (line_type <> 'freight' AND posting_date >= DATE '2025-11-01') AS lines_12m,
           sum(base_amount) FILTER (line_type <> 'freight' AND posting_date >= DATE '2025-11-01') AS net_12m,
           sum(base_cost) FILTER (line_type IN ('sale', 'service', 'return') AND posting_date >= DATE '2025-11-01')
               AS cost_12m
    FROM order_lines
    WHERE posting_date <= DATE '2026-10-31' AND order_date <= DATE '2026-10-31' AND known_on <= DATE '2026-10-31'
      AND (superseded_on IS NULL OR superseded_on > DATE '2026-10-31')
      AND status IN ('posted', 'part_shipped', 'shipped', 'closed')
      AND NOT coalesce(reported_by_agent, false) AND base_amount IS NOT NULL
    GROUP BY ALL
),

sales AS (
    SELECT customer_code, sum(lines) AS lines, sum(lines_12m) AS lines_12m,
           coalesce(sum(net_12m), 0) AS net, coalesce(sum(cost_12m), 0) AS cost,
           min(ordered_on) FILTER (goods > 0) AS first_on, max(ordered_on) FILTER (goods > 0) AS last_on,
           max(net_12m) FILTER (goods > 0 AND ordered_on IS NOT NULL) AS largest,
           count(*) FILTER (goods > 0 AND ordered_on >= DATE '2025-11-01') AS orders
    FROM orders GROUP BY customer_code
),

bills AS MATERIALIZED (
    WITH seen AS (
        SELECT * FROM invoices
        WHERE valid_from <= DATE '2026-10-31' AND known_on <= DATE '2026-10-31'
          AND (superseded_on IS NULL OR superseded_on > DATE '2026-10-31')
          AND issue_date <= DATE '2026-10-31' AND status <> 'void'
    ),
    credited AS (SELECT credit_of, sum(base_amount) AS credited FROM seen WHERE credit_of IS NOT NULL GROUP BY ALL)
    SELECT number, customer_code, due_date, status, fx_rate,
           CAST(base_amount + coalesce(credited, 0) AS DECIMAL(18,4)) AS amount
    FROM seen LEFT JOIN credited ON seen.number = credited.credit_of
    WHERE seen.credit_of IS NULL
),

seen_allocations AS (
    SELECT * FROM allocations
    WHERE allocated_on <= DATE '2026-10-31' AND known_on <= DATE '2026-10-31'
      AND (superseded_on IS NULL OR superseded_on > DATE '2026-10-31')
),

settled AS MATERIALIZED (
    SELECT number, customer_code, due_date, status, paid_on, reason, pardon,
           CAST(CAST(s.amount AS DECIMAL(38,4)) * fx_rate AS DECIMAL(18,4)) AS amount
    FROM (
        SELECT invoice_number, amount, allocated_on AS paid_on, late_reason AS reason, excused AS pardon
        FROM seen_allocations
        UNION ALL
        SELECT invoice_number, amount, date, late_reason, excused
        FROM payments
        WHERE date <= DATE '2026-10-31' AND known_on <= DATE '2026-10-31'
          AND (superseded_on IS NULL OR superseded_on > DATE '2026-10-31') AND invoice_number IS NOT NULL
          AND number NOT IN (SELECT payment_number FROM seen_allocations WHERE payment_number IS NOT NULL)
    ) s JOIN bills ON bills.number = s.invoice_number
),

items AS (
    SELECT number, customer_code, paid_on, reason, pardon, amount, paid_on - due_date AS late
    FROM settled
    WHERE due_date <= DATE '2026-10-31' AND status NOT IN ('disputed', 'written_off', 'void')
      AND (due_date >= DATE '2025-11-01' OR paid_on >= DATE '2025-11-01')
    UNION ALL
    SELECT number, customer_code, NULL, NULL, NULL, amount - coalesce(paid, 0), DATE '2026-10-31' - due_date
    FROM bills LEFT JOIN (SELECT number, sum(amount) AS paid FROM settled GROUP BY ALL) USING (number)
    WHERE due_date < DATE '2026-10-31' AND status NOT IN ('disputed', 'written_off', 'void')
      AND amount > coalesce(paid, 0)
),

excuses AS (
    SELECT customer_code, amount, late,
           CASE WHEN items.reason IS NULL AND items.pardon IS NULL THEN l.reason ELSE items.reason END AS why,
           CASE WHEN items.reason IS NULL AND items.pardon IS NULL THEN l.excused ELSE items.pardon END AS pardon
    FROM items LEFT JOIN (
        SELECT * FROM late_reasons
        WHERE decided_on <= DATE '2026-10-31' AND known_on <= DATE '2026-10-31'
          AND (superseded_on IS NULL OR superseded_on > DATE '2026-10-31')
    ) l ON l.invoice_number = items.number
),

credit AS (
    SELECT customer_code, CAST(sum(amount) * 10000 AS HUGEINT) AS due, CAST(sum(amount * CASE
               WHEN late <= 0 OR coalesce(CASE WHEN why = 'bank_or_holiday' THEN late <= 3 AND coalesce(pardon, true)
                   ELSE coalesce(pardon, why IN ('our_invoice_error', 'our_delivery_fault', 'force_majeure',
                                                 'agreed_extension')) END, false) THEN 100
               WHEN late <= 15 THEN 85 WHEN late <= 30 THEN 70 WHEN late <= 60 THEN 45 WHEN late <= 90 THEN 20
               ELSE 0 END) * 10000 AS HUGEINT) AS points
    FROM excuses GROUP BY customer_code
),

scores AS (
    SELECT customer_code, CAST(CAST(points * 1000000000 // due * 10
               + CASE WHEN points * 1000000000 % due = 0 THEN 0 ELSE 5 END AS DECIMAL(38,0))
               * CAST(0.0000000001 AS DECIMAL(38,10)) AS DECIMAL(38,10)) AS credit_score
    FROM credit WHERE due > 0
),

service AS (
    SELECT customer_code, sum(base_amount) AS served
    FROM service_costs
    WHERE date BETWEEN DATE '2025-11-01' AND DATE '2026-10-31' AND known_on <= DATE '2026-10-31'
      AND (superseded_on IS NULL OR superseded_on > DATE '2026-10-31')
    GROUP BY customer_code
),

people AS MATERIALIZED (
    SELECT coalesce(code, sales.customer_code) AS customer_id, code IS NOT NULL AS on_record,
           lines > 0 AS bought, coalesce(lines_12m, 0) > 0 AS active, first_on, last_on,
           CASE WHEN lines > 0 THEN net END AS net, CASE WHEN lines > 0 THEN cost END AS cost,
           CASE WHEN lines > 0 THEN net - cost END AS gross, coalesce(largest, 0) AS largest,
           coalesce(orders, 0) AS orders, coalesce(served, 0) AS served, credit_score,
           CASE WHEN lines > 0 THEN net - cost - coalesce(served, 0) END AS profit,
           CASE WHEN NOT coalesce((kind = 'internal' OR relation_type = 'internal') IS NOT TRUE
                                  AND (lines > 0 OR coalesce(kind, 'existing') = 'existing'), false)
                    THEN 'population.kind'
                WHEN status <> 'active' THEN 'population.archived'
                WHEN coalesce(lines_12m, 0) = 0 OR coalesce(lines, 0) = 0 THEN 'population.no-purchase' END AS outside
    FROM (
        SELECT code, kind, relation_type, status FROM customers
        WHERE valid_from <= DATE '2026-10-31' AND known_on <= DATE '2026-10-31'
          AND (superseded_on IS NULL OR superseded_on > DATE '2026-10-31')
    ) c FULL JOIN sales ON sales.customer_code = c.code
    LEFT JOIN scores ON scores.customer_code = coalesce(code, sales.customer_code)
    LEFT JOIN service ON service.customer_code = coalesce(code, sales.customer_code)
),

ranked AS MATERIALIZED (
    SELECT customer_id, net, profit, credit_score, DATE '2026-10-31' - last_on AS recency, orders,
           rank() OVER (ORDER BY net DESC) AS net_rank,
           row_number() OVER (ORDER BY net DESC) AS net_place,
           CASE WHEN profit IS NOT NULL THEN rank() OVER (ORDER BY profit DESC NULLS LAST) END AS profit_rank,
           row_number() OVER (ORDER BY profit DESC NULLS LAST) AS profit_place,
           CASE WHEN credit_score IS NOT NULL THEN rank() OVER (ORDER BY credit_score DESC NULLS LAST) END AS credit_rank,
           rank() OVER (ORDER BY last_on DESC NULLS LAST) AS recency_rank,
           CASE WHEN last_on IS NOT NULL THEN rank() OVER (PARTITION BY last_on IS NULL ORDER BY orders DESC) END
               AS orders_rank,
           CASE WHEN last_on IS NOT NULL THEN rank() OVER (PARTITION BY last_on IS NULL ORDER BY net DESC) END
               AS money_rank
    FROM people WHERE outside IS NULL
),

sizes AS (
    SELECT *, (n * 5 + 99) // 100 AS net_a, (n * 20 + 99) // 100 AS net_b,
           (profits * 5 + 99) // 100 AS profit_a, (profits * 20 + 99) // 100 AS profit_b
    FROM (SELECT count(*) AS n, count(profit) AS profits, count(recency) AS scored FROM ranked)
),

field AS MATERIALIZED (
    SELECT any_value(n) AS n, any_value(scored) AS scored, any_value(net_a) AS net_a, any_value(net_b) AS net_b,
           any_value(profit_a) AS profit_a, any_value(profit_b) AS profit_b,
           CASE WHEN max(net) FILTER (net_place = net_a) > 0 THEN max(net) FILTER (net_place = net_a) END AS net_a_cut,
           CASE WHEN max(net) FILTER (net_place = net_b) > 0 THEN max(net) FILTER (net_place = net_b) END AS net_b_cut,
           max(net) FILTER (net_place = net_a + 1) AS below_net_a, max(net) FILTER (net_place = net_b + 1) AS below_net_b,
           CASE WHEN max(profit) FILTER (profit_place = profit_a) > 0
                THEN max(profit) FILTER (profit_place = profit_a) END AS profit_a_cut,
           CASE WHEN max(profit) FILTER (profit_place = profit_b) > 0
                THEN max(profit) FILTER (profit_place = profit_b) END AS profit_b_cut,
           max(profit) FILTER (profit_place = profit_a + 1) AS below_profit_a,
           max(profit) FILTER (profit_place = profit_b + 1) AS below_profit_b
    FROM ranked, sizes
    WHERE net_place IN (net_a, net_a + 1, net_b, net_b + 1)
       OR profit_place IN (profit_a, profit_a + 1, profit_b, profit_b + 1)
),

binned AS MATERIALIZED (
    SELECT customer_id,
           5 - (recency_rank - 1) * 5 // scored AS r,
           CASE WHEN orders <= 0 THEN 1 ELSE 5 - (orders_rank - 1) * 5 // scored END AS f,
           CASE WHEN net <= 0 THEN 1 ELSE 5 - (money_rank - 1) * 5 // scored END AS m
    FROM ranked, field WHERE recency IS NOT NULL
),

rfm AS (
    SELECT customer_id, r, f, m, r + f + m AS total, rank() OVER (ORDER BY r + f + m DESC) AS rfm_rank,
           CASE WHEN f * n > f_sum
                THEN CASE WHEN m * n > m_sum THEN CASE WHEN r * n > r_sum THEN 'important_value' ELSE 'important_keep' END
                          ELSE CASE WHEN r * n > r_sum THEN 'general_value' ELSE 'general_keep' END END
                ELSE CASE WHEN m * n > m_sum THEN CASE WHEN r * n > r_sum THEN 'important_develop' ELSE 'important_winback' END
                          ELSE CASE WHEN r * n > r_sum THEN 'general_develop' ELSE 'general_winback' END END
           END AS segment
    FROM binned, (SELECT count(*) AS n, sum(r) AS r_sum, sum(f) AS f_sum, sum(m) AS m_sum FROM binned)
),

graded AS (
    SELECT customer_id, net_rank, profit_rank, credit_rank, r, f, m, total, rfm_rank, segment,
           net, profit, credit_score,
           CASE WHEN net <= 0 THEN 'C' WHEN net_rank <= net_a THEN 'A' WHEN net_rank <= net_b THEN 'B' ELSE 'C' END AS grade,
           CASE WHEN profit <= 0 THEN 'C' WHEN profit_rank <= profit_a THEN 'A' WHEN profit_rank <= profit_b THEN 'B'
                WHEN profit IS NOT NULL THEN 'C' END AS profit_grade,
           CASE WHEN credit_score >= 90 THEN 'excellent' WHEN credit_score >= 75 THEN 'good'
                WHEN credit_score >= 60 THEN 'fair' WHEN credit_score IS NOT NULL THEN 'poor' END AS credit_grade,
           CASE WHEN total >= 13 THEN 'A' WHEN total >= 9 THEN 'B' WHEN total IS NOT NULL THEN 'C' END AS rfm_grade
    FROM ranked LEFT JOIN rfm USING (customer_id), field
),

distances AS (
    SELECT customer_id, grade, profit_grade, credit_grade, rfm_grade, net_rank, profit_rank, credit_rank,
           r, f, m, total, rfm_rank, segment, net AS g_net, profit AS g_profit, credit_score AS g_credit,
           CASE grade WHEN 'B' THEN net_a_cut WHEN 'C' THEN net_b_cut END AS net_up,
           CASE grade WHEN 'A' THEN below_net_a WHEN 'B' THEN below_net_b END AS net_down,
           CASE profit_grade WHEN 'B' THEN profit_a_cut WHEN 'C' THEN profit_b_cut END AS profit_up,
           CASE profit_grade WHEN 'A' THEN below_profit_a WHEN 'B' THEN below_profit_b END AS profit_down,
           CASE credit_grade WHEN 'good' THEN 90 WHEN 'fair' THEN 75 WHEN 'poor' THEN 60 END AS credit_up,
           CASE credit_grade WHEN 'excellent' THEN 90 WHEN 'good' THEN 75 WHEN 'fair' THEN 60 END AS credit_down,
           CASE rfm_grade WHEN 'B' THEN 13 WHEN 'C' THEN 9 END AS rfm_up,
           CASE rfm_grade WHEN 'A' THEN 13 WHEN 'B' THEN 9 END AS rfm_down
    FROM graded, field
),

nears AS (
    SELECT *, coalesce((net_up - g_net) * 100 <= net_up * 5, false) AS net_near_up,
           coalesce((g_net - net_down) * 100 <= g_net * 5 AND g_net > 0, false) AS net_near_down,
           coalesce((profit_up - g_profit) * 100 <= profit_up * 5, false) AS profit_near_up,
           coalesce((g_profit - profit_down) * 100 <= g_profit * 5 AND g_profit > 0, false) AS profit_near_down,
           coalesce((credit_up - g_credit) * 100 <= credit_up * 5, false) AS credit_near_up,
           coalesce((g_credit - credit_down) * 100 <= g_credit * 5 AND g_credit > 0, false) AS credit_near_down,
           coalesce((rfm_up - total) * 100 <= rfm_up * 5, false) AS rfm_near_up,
           coalesce((total - rfm_down) * 100 <= total * 5 AND total > 0, false) AS rfm_near_down
    FROM distances
)

SELECT customer_id,
       grade,
       CASE WHEN outside IS NULL THEN 'graded' ELSE 'not_in_population' END AS status,
       CAST(g_net AS DECIMAL(38,10)) AS score,
       net_rank AS "rank",
       (SELECT n FROM field) AS population,
       CAST(net_up - g_net AS DECIMAL(38,10)) AS gap_to_next,
       CAST(g_net - net_down AS DECIMAL(38,10)) AS cushion_down,
       CASE WHEN outside IS NULL THEN CASE WHEN net_near_up AND net_near_down THEN 'both' WHEN net_near_up THEN 'up'
            WHEN net_near_down THEN 'down' ELSE 'none' END END AS near_cut,
       concat_ws(';', CASE WHEN grade = 'A' AND credit_score < 60 THEN 'credit_watch' END,
                 CASE WHEN NOT on_record THEN 'data_issue' END,
                 CASE WHEN people.profit < 0 THEN 'loss_making' END,
                 CASE WHEN first_on > DATE '2026-07-31' THEN 'new_customer' END,
                 CASE WHEN people.net <= 0 AND outside IS NULL THEN 'nonpositive_value' END,
                 CASE WHEN largest * 100 > people.net * 80 AND people.net > 0 THEN 'single_order' END) AS flags,
       customer_id AS unit,
       CASE WHEN outside IS NOT NULL THEN outside WHEN g_net <= 0 THEN 'abc.nonpositive'
            WHEN grade = 'C' THEN 'abc.below-cut' ELSE 'abc.within-cut' END AS reason,
       grade AS grade_before_gates,
       concat_ws(';', CASE WHEN grade = 'A' AND credit_score < 60 THEN 'credit_watch' END,
                 CASE WHEN g_profit < 0 THEN 'loss' END) AS gates,
       rfm_grade,
       CASE WHEN outside IS NULL THEN CASE WHEN total IS NULL THEN 'incomplete' ELSE 'graded' END END AS rfm_status,
       CAST(total AS DECIMAL(38,10)) AS rfm_score,
       rfm_rank,
       CAST(rfm_up - total AS DECIMAL(38,10)) AS rfm_gap,
       CAST(total - rfm_down AS DECIMAL(38,10)) AS rfm_cushion,
       CASE WHEN total IS NOT NULL THEN CASE WHEN rfm_near_up AND rfm_near_down THEN 'both' WHEN rfm_near_up THEN 'up'
            WHEN rfm_near_down THEN 'down' ELSE 'none' END END AS rfm_near,
       CASE WHEN outside IS NULL THEN CASE WHEN total IS NULL THEN 'value.missing' WHEN rfm_grade = 'C'
            THEN 'rfm.sum-below-all' ELSE 'rfm.sum-at-or-above' END END AS rfm_reason,
       CAST(r AS BIGINT) AS rfm_r, CAST(f AS BIGINT) AS rfm_f, CAST(m AS BIGINT) AS rfm_m,
       CAST(r * 100 + f * 10 + m AS BIGINT) AS rfm_cell,
       CAST(total AS BIGINT) AS rfm_sum,
       CAST(r * 100 + f * 10 + m AS BIGINT) AS rfm_weighted,
       segment AS rfm_segment,
       credit_grade,
       CASE WHEN outside IS NULL THEN CASE WHEN g_credit IS NULL THEN 'incomplete' ELSE 'graded' END END AS credit_status,
       g_credit AS credit_score,
       credit_rank,
       CAST(credit_up - g_credit AS DECIMAL(38,10)) AS credit_gap,
       CAST(g_credit - credit_down AS DECIMAL(38,10)) AS credit_cushion,
       CASE WHEN g_credit IS NOT NULL THEN CASE WHEN credit_near_up AND credit_near_down THEN 'both'
            WHEN credit_near_up THEN 'up' WHEN credit_near_down THEN 'down' ELSE 'none' END END AS credit_near,
       CASE WHEN outside IS NULL THEN CASE WHEN g_credit IS NULL THEN 'credit.no-rating' WHEN credit_grade = 'poor'
            THEN 'credit.below-all' ELSE 'credit.at-or-above' END END AS credit_reason,
       profit_grade,
       CASE WHEN outside IS NULL THEN CASE WHEN g_profit IS NULL THEN 'incomplete' ELSE 'graded' END END AS profit_status,
       CAST(g_profit AS DECIMAL(38,10)) AS profit_score,
       profit_rank,
       CAST(profit_up - g_profit AS DECIMAL(38,10)) AS profit_gap,
       CAST(g_profit - profit_down AS DECIMAL(38,10)) AS profit_cushion,
       CASE WHEN g_profit IS NOT NULL THEN CASE WHEN profit_near_up AND profit_near_down THEN 'both'
            WHEN profit_near_up THEN 'up' WHEN profit_near_down THEN 'down' ELSE 'none' END END AS profit_near,
       CASE WHEN outside IS NULL THEN CASE WHEN g_profit IS NULL THEN 'value.missing' WHEN g_profit <= 0
            THEN 'abc.nonpositive' WHEN profit_grade = 'C' THEN 'abc.below-cut' ELSE 'abc.within-cut' END END AS profit_reason,
       CAST(cost AS DECIMAL(38,4)) AS cost_of_goods_sold_12m,
       CASE WHEN bought IS NOT TRUE THEN 'no_history' WHEN active THEN 'ok' ELSE 'no_lines' END
           AS cost_of_goods_sold_12m_status,
       CAST(served AS DECIMAL(38,4)) AS cost_to_serve_12m,
       'ok' AS cost_to_serve_12m_status,
       people.credit_score AS credit_score_12m,
       CASE WHEN people.credit_score IS NULL THEN 'no_due_invoices' ELSE 'ok' END AS credit_score_12m_status,
       CAST(people.profit AS DECIMAL(38,4)) AS customer_profit_12m,
       CASE WHEN bought IS NOT TRUE THEN 'no_history' WHEN active THEN 'ok' ELSE 'no_lines' END
           AS customer_profit_12m_status,
       first_on AS first_order_on,
       CASE WHEN first_on IS NULL THEN 'never_bought' ELSE 'ok' END AS first_order_on_status,
       CAST(gross AS DECIMAL(38,4)) AS gross_profit_12m,
       CASE WHEN bought IS NOT TRUE THEN 'no_history' WHEN active THEN 'ok' ELSE 'no_lines' END AS gross_profit_12m_status,
       CAST(largest AS DECIMAL(38,4)) AS largest_order_12m,
       last_on AS last_order_on,
       CASE WHEN last_on IS NULL THEN 'never_bought' ELSE 'ok' END AS last_order_on_status,
       CAST(people.net AS DECIMAL(38,4)) AS net_sales_12m,
       CASE WHEN bought IS NOT TRUE THEN 'no_history' WHEN active THEN 'ok' ELSE 'no_lines' END AS net_sales_12m_status,
       orders AS orders_12m,
       CAST(DATE '2026-10-31' - last_on AS DECIMAL(38,10)) AS recency_days,
       CASE WHEN last_on IS NULL THEN 'never_bought' ELSE 'ok' END AS recency_days_status
FROM people LEFT JOIN nears USING (customer_id)
ORDER BY customer_id
