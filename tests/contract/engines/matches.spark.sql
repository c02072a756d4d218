WITH `t13` AS (
  SELECT
    `t9`.`event`,
    `t9`.`at`,
    `t9`.`key`,
    `t9`.`remote_upper`,
    `t9`.`remote_middle`,
    `t9`.`remote_lower`,
    `t9`.`local_upper`,
    `t9`.`local_middle`,
    `t9`.`local_lower`,
    `t9`.`field`,
    `t9`.`text`
  FROM `events` AS `t9`
  LEFT SEMI JOIN `keys` AS `t10`
    ON `t9`.`key` = `t10`.`key`
), `t25` AS (
  SELECT
    *
  FROM (
    SELECT
      `t20`.`event`,
      `t20`.`at`,
      `t20`.`local_upper`,
      `t20`.`local_middle`,
      `t20`.`local_lower`,
      `t6`.`id` AS `indicator`,
      `t20`.`field`,
      IF(`t20`.`bits` = 128, 'same', 'inside') AS `rule`
    FROM (
      SELECT
        `t17`.`event`,
        `t17`.`at`,
        `t17`.`key`,
        `t17`.`remote_upper`,
        `t17`.`remote_middle`,
        `t17`.`remote_lower`,
        `t17`.`local_upper`,
        `t17`.`local_middle`,
        `t17`.`local_lower`,
        `t17`.`field`,
        `t17`.`text`,
        `t17`.`bits`,
        SHIFTLEFT(
          (
            SHIFTRIGHT(`t17`.`remote_upper`, GREATEST(LEAST(48 - `t17`.`bits`, 48), 0))
          ),
          GREATEST(LEAST(48 - `t17`.`bits`, 48), 0)
        ) AS `upper`,
        SHIFTLEFT(
          (
            SHIFTRIGHT(`t17`.`remote_middle`, GREATEST(LEAST(96 - `t17`.`bits`, 48), 0))
          ),
          GREATEST(LEAST(96 - `t17`.`bits`, 48), 0)
        ) AS `middle`,
        SHIFTLEFT(
          (
            SHIFTRIGHT(`t17`.`remote_lower`, GREATEST(LEAST(128 - `t17`.`bits`, 32), 0))
          ),
          GREATEST(LEAST(128 - `t17`.`bits`, 32), 0)
        ) AS `lower`
      FROM (
        SELECT
          `t15`.`event`,
          `t15`.`at`,
          `t15`.`key`,
          `t15`.`remote_upper`,
          `t15`.`remote_middle`,
          `t15`.`remote_lower`,
          `t15`.`local_upper`,
          `t15`.`local_middle`,
          `t15`.`local_lower`,
          `t15`.`field`,
          `t15`.`text`,
          EXPLODE(
            ARRAY(36, 41, 65, 73, 80, 84, 88, 96, 97, 98, 116, 118, 119, 120, 122, 123, 125, 127, 128)
          ) AS `bits`
        FROM (
          SELECT
            *
          FROM `t13` AS `t14`
          WHERE
            `t14`.`remote_lower` IS NOT NULL
        ) AS `t15`
      ) AS `t17`
    ) AS `t20`
    INNER JOIN `networks` AS `t6`
      ON `t20`.`bits` = `t6`.`bits`
      AND `t20`.`upper` = `t6`.`upper`
      AND `t20`.`middle` = `t6`.`middle`
      AND `t20`.`lower` = `t6`.`lower`
  ) AS `t21`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      `t23`.`event`,
      `t23`.`at`,
      `t23`.`local_upper`,
      `t23`.`local_middle`,
      `t23`.`local_lower`,
      `t7`.`id` AS `indicator`,
      `t23`.`field`,
      IF(`t23`.`first` = 0, 'same', 'inside') AS `rule`
    FROM (
      SELECT
        `t19`.`event`,
        `t19`.`at`,
        `t19`.`key`,
        `t19`.`remote_upper`,
        `t19`.`remote_middle`,
        `t19`.`remote_lower`,
        `t19`.`local_upper`,
        `t19`.`local_middle`,
        `t19`.`local_lower`,
        `t19`.`field`,
        `t19`.`text`,
        `t19`.`labels`,
        `t19`.`first`,
        IF(
          `t19`.`first` = 0,
          `t19`.`text`,
          IF(
            SIZE(
              SLICE(
                `t19`.`labels`,
                IF(
                  `t19`.`first` < 0,
                  IF(`t19`.`first` < -SIZE(`t19`.`labels`), 0, SIZE(`t19`.`labels`) + `t19`.`first`),
                  `t19`.`first`
                ) + 1,
                IF(
                  IF(
                    SIZE(`t19`.`labels`) < 0,
                    IF(
                      SIZE(`t19`.`labels`) < -SIZE(`t19`.`labels`),
                      0,
                      SIZE(`t19`.`labels`) + SIZE(`t19`.`labels`)
                    ),
                    SIZE(`t19`.`labels`)
                  ) < IF(
                    `t19`.`first` < 0,
                    IF(`t19`.`first` < -SIZE(`t19`.`labels`), 0, SIZE(`t19`.`labels`) + `t19`.`first`),
                    `t19`.`first`
                  ),
                  0,
                  IF(
                    SIZE(`t19`.`labels`) < 0,
                    IF(
                      SIZE(`t19`.`labels`) < -SIZE(`t19`.`labels`),
                      0,
                      SIZE(`t19`.`labels`) + SIZE(`t19`.`labels`)
                    ),
                    SIZE(`t19`.`labels`)
                  ) - IF(
                    `t19`.`first` < 0,
                    IF(`t19`.`first` < -SIZE(`t19`.`labels`), 0, SIZE(`t19`.`labels`) + `t19`.`first`),
                    `t19`.`first`
                  )
                )
              )
            ) > 0,
            CONCAT_WS(
              '.',
              SLICE(
                `t19`.`labels`,
                IF(
                  `t19`.`first` < 0,
                  IF(`t19`.`first` < -SIZE(`t19`.`labels`), 0, SIZE(`t19`.`labels`) + `t19`.`first`),
                  `t19`.`first`
                ) + 1,
                IF(
                  IF(
                    SIZE(`t19`.`labels`) < 0,
                    IF(
                      SIZE(`t19`.`labels`) < -SIZE(`t19`.`labels`),
                      0,
                      SIZE(`t19`.`labels`) + SIZE(`t19`.`labels`)
                    ),
                    SIZE(`t19`.`labels`)
                  ) < IF(
                    `t19`.`first` < 0,
                    IF(`t19`.`first` < -SIZE(`t19`.`labels`), 0, SIZE(`t19`.`labels`) + `t19`.`first`),
                    `t19`.`first`
                  ),
                  0,
                  IF(
                    SIZE(`t19`.`labels`) < 0,
                    IF(
                      SIZE(`t19`.`labels`) < -SIZE(`t19`.`labels`),
                      0,
                      SIZE(`t19`.`labels`) + SIZE(`t19`.`labels`)
                    ),
                    SIZE(`t19`.`labels`)
                  ) - IF(
                    `t19`.`first` < 0,
                    IF(`t19`.`first` < -SIZE(`t19`.`labels`), 0, SIZE(`t19`.`labels`) + `t19`.`first`),
                    `t19`.`first`
                  )
                )
              )
            ),
            NULL
          )
        ) AS `value`
      FROM (
        SELECT
          `t16`.`event`,
          `t16`.`at`,
          `t16`.`key`,
          `t16`.`remote_upper`,
          `t16`.`remote_middle`,
          `t16`.`remote_lower`,
          `t16`.`local_upper`,
          `t16`.`local_middle`,
          `t16`.`local_lower`,
          `t16`.`field`,
          `t16`.`text`,
          `t16`.`labels`,
          EXPLODE(
            IF(
              (
                1 <> 0
              )
              AND (
                SIGN(1) = SIGN(IF(`t16`.`field` = 'name', GREATEST(SIZE(`t16`.`labels`) - 1, 1), 1) - 0)
              ),
              IF(
                ELEMENT_AT(
                  SEQUENCE(0, IF(`t16`.`field` = 'name', GREATEST(SIZE(`t16`.`labels`) - 1, 1), 1), 1),
                  SIZE(
                    SEQUENCE(0, IF(`t16`.`field` = 'name', GREATEST(SIZE(`t16`.`labels`) - 1, 1), 1), 1)
                  )
                ) = IF(`t16`.`field` = 'name', GREATEST(SIZE(`t16`.`labels`) - 1, 1), 1),
                SLICE(
                  SEQUENCE(0, IF(`t16`.`field` = 'name', GREATEST(SIZE(`t16`.`labels`) - 1, 1), 1), 1),
                  1,
                  SIZE(
                    SEQUENCE(0, IF(`t16`.`field` = 'name', GREATEST(SIZE(`t16`.`labels`) - 1, 1), 1), 1)
                  ) - 1
                ),
                SEQUENCE(0, IF(`t16`.`field` = 'name', GREATEST(SIZE(`t16`.`labels`) - 1, 1), 1), 1)
              ),
              ARRAY()
            )
          ) AS `first`
        FROM (
          SELECT
            `t14`.`event`,
            `t14`.`at`,
            `t14`.`key`,
            `t14`.`remote_upper`,
            `t14`.`remote_middle`,
            `t14`.`remote_lower`,
            `t14`.`local_upper`,
            `t14`.`local_middle`,
            `t14`.`local_lower`,
            `t14`.`field`,
            `t14`.`text`,
            SPLIT(REPLACE(`t14`.`text`, '.', '/'), '/') AS `labels`
          FROM `t13` AS `t14`
          WHERE
            `t14`.`text` IS NOT NULL
        ) AS `t16`
      ) AS `t19`
    ) AS `t23`
    INNER JOIN `texts` AS `t7`
      ON `t23`.`field` = `t7`.`field` AND `t23`.`value` = `t7`.`value`
  ) AS `t24`
)
SELECT
  *
FROM (
  SELECT
    `t27`.`event`,
    `t27`.`at`,
    `t27`.`indicator`,
    `t27`.`field`,
    `t27`.`rule`,
    COALESCE(`t35`.`asset`, '') AS `asset`,
    COALESCE(`t35`.`layer`, 'informational') AS `layer`,
    CAST(IF(
      `t12`.`is_shared` IS NOT NULL,
      20,
      CASE
        WHEN `t27`.`rule` = 'same'
        THEN 95
        WHEN `t27`.`rule` = 'inside'
        THEN 90
        ELSE 20
      END
    ) AS BIGINT) AS `confidence`
  FROM `t25` AS `t27`
  LEFT OUTER JOIN (
    SELECT
      `t33`.`local_upper`,
      `t33`.`local_middle`,
      `t33`.`local_lower`,
      `t33`.`asset`,
      `t33`.`layer`
    FROM (
      SELECT
        `t32`.`local_upper`,
        `t32`.`local_middle`,
        `t32`.`local_lower`,
        `t32`.`bits`,
        `t32`.`asset`,
        `t32`.`layer`,
        ROW_NUMBER() OVER (
          PARTITION BY `t32`.`local_upper`, `t32`.`local_middle`, `t32`.`local_lower`
          ORDER BY `t32`.`bits` DESC, `t32`.`asset` ASC NULLS LAST
        ) - 1 AS `place`
      FROM (
        SELECT
          `t31`.`local_upper`,
          `t31`.`local_middle`,
          `t31`.`local_lower`,
          `t31`.`bits`,
          `t8`.`id` AS `asset`,
          `t8`.`layer`
        FROM (
          SELECT
            `t29`.`local_upper`,
            `t29`.`local_middle`,
            `t29`.`local_lower`,
            `t29`.`bits`,
            SHIFTLEFT(
              (
                SHIFTRIGHT(`t29`.`local_upper`, GREATEST(LEAST(48 - `t29`.`bits`, 48), 0))
              ),
              GREATEST(LEAST(48 - `t29`.`bits`, 48), 0)
            ) AS `upper`,
            SHIFTLEFT(
              (
                SHIFTRIGHT(`t29`.`local_middle`, GREATEST(LEAST(96 - `t29`.`bits`, 48), 0))
              ),
              GREATEST(LEAST(96 - `t29`.`bits`, 48), 0)
            ) AS `middle`,
            SHIFTLEFT(
              (
                SHIFTRIGHT(`t29`.`local_lower`, GREATEST(LEAST(128 - `t29`.`bits`, 32), 0))
              ),
              GREATEST(LEAST(128 - `t29`.`bits`, 32), 0)
            ) AS `lower`
          FROM (
            SELECT
              `t28`.`local_upper`,
              `t28`.`local_middle`,
              `t28`.`local_lower`,
              EXPLODE(
                ARRAY(20, 28, 36, 43, 50, 60, 69, 75, 99, 104, 108, 116, 117, 120, 123, 125, 128)
              ) AS `bits`
            FROM (
              SELECT DISTINCT
                `t26`.`local_upper`,
                `t26`.`local_middle`,
                `t26`.`local_lower`
              FROM `t25` AS `t26`
            ) AS `t28`
          ) AS `t29`
        ) AS `t31`
        INNER JOIN `assets` AS `t8`
          ON `t31`.`bits` = `t8`.`bits`
          AND `t31`.`upper` = `t8`.`upper`
          AND `t31`.`middle` = `t8`.`middle`
          AND `t31`.`lower` = `t8`.`lower`
      ) AS `t32`
    ) AS `t33`
    WHERE
      `t33`.`place` = 0
  ) AS `t35`
    ON `t27`.`local_upper` = `t35`.`local_upper`
    AND `t27`.`local_middle` = `t35`.`local_middle`
    AND `t27`.`local_lower` = `t35`.`local_lower`
  LEFT OUTER JOIN (
    SELECT
      `t0`.`id`,
      TRUE AS `is_shared`
    FROM `shared` AS `t0`
  ) AS `t12`
    ON `t27`.`indicator` = `t12`.`id`
) AS `t36`
