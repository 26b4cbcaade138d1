from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="Candidate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first", models.CharField(max_length=300)),
                ("second", models.CharField(max_length=300)),
                ("first_name", models.CharField(max_length=1000)),
                ("second_name", models.CharField(max_length=1000)),
                ("score", models.PositiveSmallIntegerField()),
                ("kinds", models.CharField(max_length=100)),
                ("found_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-score", "first", "second"],
                "indexes": [models.Index(fields=["-score", "first", "second"], name="candidate_order")],
                "constraints": [models.UniqueConstraint(fields=("first", "second"), name="candidate_once")],
            },
        ),
    )
